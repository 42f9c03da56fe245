#!/usr/bin/env python3
"""Sends requests to the routes of a running API and checks the responses.

    scripts/smoke.py http://127.0.0.1:3000 --token-command 'cargo local token --sub {sub} --scope {scope}'
    scripts/smoke.py https://abc123.execute-api.eu-central-1.amazonaws.com --token-command './my-token {sub} {scope}'
    scripts/smoke.py https://abc123.execute-api.eu-central-1.amazonaws.com

The token command prints a token; {sub} and {scope} stand for its subject and its scopes. With it, every route is
called, and what was created is deleted. Without it, nothing is written: public routes with GET must answer, and routes
that need a token must refuse. So an issuer whose tokens scripts cannot get, such as a user pool, is enough. Needs
Python 3.9 and Rust, for the list of declared routes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

Tokens = Callable[[str, str], str]

READ_AND_WRITE = "users:read users:write products:write"


class Failed(Exception):
    """An unexpected answer."""


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Api:
    """A client that counts its requests and keeps the route keys that it has called."""

    def __init__(self, url: str, token: Tokens):
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.netloc, timeout=30)
        self.prefix = parts.path.rstrip("/")
        self.token = token
        self.requests = 0
        self.called: set[str] = set()

    def call(self, route: str, expected: int | None = None, *, sub: str = "", scope: str = "", body=None, query=None, headers=None, **path: str) -> Answer:
        """Calls a route such as `GET /users/{userId}`, as `sub` if one is given, and checks the status."""
        method, template = route.split(" ", 1)
        target = self.prefix + re.sub(r"\{(\w+)\+?\}", lambda name: quote(path[name[1]], safe=""), template)
        if query:
            target += "?" + urlencode(query)
        sent = dict(headers or {})
        if sub:
            sent["authorization"] = "Bearer " + self.token(sub, scope)
        if body is not None:
            sent.setdefault("content-type", "application/json")
        self.connection.request(method, target, None if body is None else json.dumps(body), sent)
        response = self.connection.getresponse()
        text = response.read().decode()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        self.requests += 1
        self.called.add(route)
        if expected is not None and answer.status != expected:
            raise Failed(f"{method} {target}: {answer.status}, expected {expected}: {answer.text}")
        return answer


def check(claim: str, truth: bool) -> None:
    if not truth:
        raise Failed(claim)


def smoke(api: Api, routes: list[str]) -> None:
    """Calls every route. `routes` are those that the functions declare."""
    run = uuid.uuid4().hex[:12]
    refusals(api)
    users(api, f"smoke-ada-{run}", f"smoke-bob-{run}")
    products(api, run)
    orders(api, run)
    for route in sorted(set(routes) - api.called):
        served(api, route, sub="smoke-anybody", scope=READ_AND_WRITE)


def smoke_without_token(api: Api, functions: list[dict]) -> None:
    """Calls the public routes with GET, and checks that every other route exists and refuses a request without token."""
    api.call("GET /nowhere", 404)
    for trigger in http_triggers(functions):
        kind = trigger["access"]["kind"]
        if kind == "public" and trigger["method"] == "GET":
            served(api, trigger["routeKey"])
        elif kind != "public":
            api.call(trigger["routeKey"], 401 if kind == "token" else 403, **any_path(trigger["routeKey"]))


def refusals(api: Api) -> None:
    check("health answers ok", api.call("GET /health", 200).json["status"] == "ok")
    api.call("GET /nowhere", 404)
    api.call("GET /users/{userId}", 401, userId="ada")
    api.call("GET /users", 403, sub="ada", scope="orders:read")


def users(api: Api, ada: str, bob: str) -> None:
    me = {"email": f"{ada}@example.com", "name": "Ada Łovelace 🚲"}
    created = api.call("POST /users", 201, sub=ada, body=me)
    check("the profile's id is the token's subject", created.json["id"] == ada)
    check("a creation has a location", created.headers["location"] == f"/users/{ada}")
    api.call("POST /users", 409, sub=ada, body=me)
    api.call("POST /users", 409, sub=bob, body={"email": me["email"], "name": "Bob"})
    refused = api.call("POST /users", 422, sub=bob, body={"email": "nobody", "name": "", "age": 7})
    check("a problem has its content type", refused.headers["content-type"] == "application/problem+json")
    check("all invalid fields are reported at once", {"/email", "/name", "/age"} <= {error["pointer"] for error in refused.json["errors"]})

    read = api.call("GET /users/{userId}", 200, sub=ada, userId=ada)
    check("a created profile is read back", read.json == created.json)
    api.call("GET /users/{userId}", 304, sub=ada, userId=ada, headers={"if-none-match": read.headers["etag"]})
    api.call("GET /users/{userId}", 404, sub=bob, userId=ada)
    api.call("GET /users/{userId}", 200, sub=bob, scope="users:read", userId=ada)

    changed = api.call("PATCH /users/{userId}", 200, sub=ada, userId=ada, body={"name": "Ada"}, headers={"content-type": "application/merge-patch+json"})
    check("a patch keeps the other fields", changed.json["email"] == me["email"])
    api.call("PATCH /users/{userId}", 412, sub=ada, userId=ada, body={"name": "A"}, headers={"content-type": "application/merge-patch+json", "if-match": read.headers["etag"]})
    listed = api.call("GET /users", 200, sub=bob, scope=READ_AND_WRITE, query={"limit": 1})
    check("a page has at most its limit", len(listed.json["items"]) == 1 and "next" in listed.json)
    api.call("DELETE /users/{userId}", 204, sub=ada, userId=ada)
    api.call("GET /users/{userId}", 404, sub=ada, userId=ada)


def products(api: Api, run: str) -> None:
    clerk = {"sub": f"smoke-clerk-{run}", "scope": READ_AND_WRITE}
    product = add_product(api, run, clerk)
    ids = {"productId": product["id"]}
    api.call("POST /products", 409, body={**NEW_PRODUCT, "sku": sku(run)}, **clerk)
    api.call("POST /products", 403, sub="smoke-bob", scope="users:read", body=NEW_PRODUCT)
    check("a product is public", api.call("GET /products/{productId}", 200, **ids).json == product)
    on_shelf = api.call("GET /products", 200, query={"category": NEW_PRODUCT["category"], "limit": 100})
    check("a category lists its products", product["id"] in [item["id"] for item in on_shelf.json["items"]])
    api.call("GET /products", 400, query={"cursor": "nonsense"})
    dearer = api.call("PATCH /products/{productId}", 200, body={"price": {"amount": 2500}}, headers={"content-type": "application/merge-patch+json"}, **ids, **clerk)
    check("a new price keeps its currency", dearer.json["price"] == {"amount": 2500, "currency": "EUR"})
    more = api.call("POST /products/{productId}/stock", 200, body={"delta": 5}, **ids, **clerk)
    check("stock is added", more.json["stock"] == NEW_PRODUCT["stock"] + 5)
    api.call("POST /products/{productId}/stock", 409, body={"delta": -1000}, **ids, **clerk)
    api.call("DELETE /products/{productId}", 204, **ids, **clerk)
    api.call("GET /products/{productId}", 404, **ids)


def orders(api: Api, run: str) -> None:
    clerk = {"sub": f"smoke-clerk-{run}", "scope": READ_AND_WRITE}
    buyer = {"sub": f"smoke-buyer-{run}"}
    api.call("POST /users", 201, body={"email": f"buyer-{run}@example.com", "name": "Buyer"}, **buyer)
    product = add_product(api, run, clerk)
    order = {"items": [{"productId": product["id"], "quantity": 2}]}
    key = {"idempotency-key": f"smoke-{run}"}

    placed = api.call("POST /orders", 201, body=order, headers=key, **buyer)
    check("an order has the current prices", placed.json["total"] == {"amount": 2 * NEW_PRODUCT["price"]["amount"], "currency": "EUR"})
    again = api.call("POST /orders", 201, body=order, headers=key, **buyer)
    check("a repeated key has the same response", again.json == placed.json and again.headers["idempotency-replayed"] == "true")
    ids = {"orderId": placed.json["id"]}
    check("a buyer reads their order", api.call("GET /orders/{orderId}", 200, **ids, **buyer).json == placed.json)
    api.call("GET /orders/{orderId}", 404, **ids, **clerk)
    listed = api.call("GET /orders", 200, **buyer)
    check("a buyer lists their orders", [item["id"] for item in listed.json["items"]] == [placed.json["id"]])
    left = api.call("GET /products/{productId}", 200, productId=product["id"])
    check("stock is taken once", left.json["stock"] == NEW_PRODUCT["stock"] - 2)
    cancelled = api.call("PUT /orders/{orderId}/cancellation", 200, **ids, **buyer)
    check("a cancelled order has its status", cancelled.json["status"] == "cancelled")
    back = api.call("GET /products/{productId}", 200, productId=product["id"])
    check("a cancellation returns the stock", back.json["stock"] == NEW_PRODUCT["stock"])

    api.call("DELETE /products/{productId}", 204, productId=product["id"], **clerk)
    api.call("DELETE /users/{userId}", 204, userId=buyer["sub"], **buyer)


NEW_PRODUCT = {"name": "Café au lait", "category": "smoke", "price": {"amount": 1999, "currency": "EUR"}, "stock": 10}


def sku(run: str) -> str:
    return f"SMOKE-{run.upper()}"


def add_product(api: Api, run: str, clerk: dict[str, str]) -> dict:
    return api.call("POST /products", 201, body={**NEW_PRODUCT, "sku": sku(run)}, **clerk).json


def served(api: Api, route: str, **request) -> None:
    """Calls a route with any path. It must be deployed and answer by itself."""
    answer = api.call(route, **request, **any_path(route))
    check(f"{route} is served: {answer.status} {answer.text}", answer.status < 500 and answer.text != '{"message":"Not Found"}')


def any_path(route: str) -> dict[str, str]:
    """Returns a value for each variable of a route's path."""
    return dict.fromkeys(re.findall(r"\{(\w+)\+?\}", route), str(uuid.uuid4()))


def declared_routes(functions: list[dict]) -> list[str]:
    """Returns the keys of the declared routes, except $default."""
    return [trigger["routeKey"] for trigger in http_triggers(functions)]


def http_triggers(functions: list[dict]) -> list[dict]:
    """Returns the triggers of the declared routes, except $default."""
    triggers = [function["trigger"] for function in functions]
    return [trigger for trigger in triggers if trigger["kind"] == "http" and trigger["method"]]


def describe(root: Path) -> dict:
    """Returns the resolved workspace; crates/manifest/README.md documents the format."""
    command = ["cargo", "run", "--quiet", "--locked", "--package", "manifest", "--", "describe"]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--token-command")
    arguments = parser.parse_args()

    def token(sub: str, scope: str) -> str:
        command = [word.format(sub=sub, scope=scope) for word in shlex.split(arguments.token_command)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    functions = describe(Path(__file__).parent.parent)["functions"]
    routes = declared_routes(functions)
    api = Api(arguments.url, token)
    try:
        if arguments.token_command:
            smoke(api, routes)
        else:
            smoke_without_token(api, functions)
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    except OSError as error:
        sys.exit(f"smoke: {arguments.url} cannot be reached: {error}")
    print(f"{api.requests} requests sent, {len(api.called & set(routes))} of {len(routes)} routes called")


if __name__ == "__main__":
    main()
