"""Events of an HTTP API, made from the recorded one of the tests."""

import json

from programs import ROOT

RECORDED = ROOT / "crates/proof/testkit/src/http-event.json"
PRODUCTS = [f"018f2f8e-7b1a-7c3d-9e4f-0123456789a{number}" for number in range(3)]


def events(function: str, count: int) -> list[dict]:
    """Returns `count` events of `orders-post`, or of the other functions, which read a user."""
    if function == "orders-post":
        body = json.dumps({"items": [{"productId": product, "quantity": 2} for product in PRODUCTS]})
        # Each with a key of its own, because an order is placed once for each key.
        keys = ({"content-type": "application/json", "idempotency-key": f"key-{number:06}"} for number in range(count))
        return [event("POST", "/orders", headers, body=body) for headers in keys]
    return [event("GET", "/users/{userId}", {}, variables={"userId": "ada"})] * count


def event(method: str, route: str, headers: dict, variables: dict | None = None, body: str | None = None) -> dict:
    event = json.loads(RECORDED.read_text())
    context = event["requestContext"]
    event["routeKey"] = context["routeKey"] = f"{method} {route}"
    event["rawPath"] = context["http"]["path"] = route.format(**variables or {})
    context["http"]["method"] = method
    context["authorizer"] = {"jwt": {"claims": {"sub": "ada", "scope": ""}, "scopes": None}}
    event["headers"] |= headers
    given = {"pathParameters": variables, "body": body}
    # API Gateway leaves out what a request does not have.
    return event | {name: value for name, value in given.items() if value is not None}
