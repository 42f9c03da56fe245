"""The requests that smoke.py and the proof of the deployment send to this service, each with the response that it expects."""

from api import Api, check

READ_AND_WRITE = "users:read users:write products:write"
# The table that the proof restores. Its items have a name.
RESTORED_TABLE = "users"


def scenario(api: Api, run: str) -> None:
    """Calls the routes of the service, and deletes what it creates. `run` is unique."""
    tokens(api)
    users(api, f"smoke-ada-{run}", f"smoke-bob-{run}")
    products(api, run)
    orders(api, run)


def tokens(api: Api) -> None:
    api.call("GET /users/{userId}", 401, userId="ada")
    api.call("GET /users", 403, sub="ada", scope="orders:read")


def users(api: Api, ada: str, bob: str) -> None:
    me = {"email": f"{ada}@example.com", "name": "Ada Łovelace 🚲"}
    created = api.call("POST /users", 201, sub=ada, body=me)
    check("the profile's id is the token's subject", created.json["id"] == ada)
    check("a creation has a location", created.headers["location"] == f"{api.base_path}/users/{ada}")
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


def create_restored(api: Api) -> dict[str, str]:
    """Creates an item of the restored table. Returns the variables of its path."""
    api.call("POST /users", 201, sub="restored-ada", body={"email": "restored@example.com", "name": "Ada"})
    return {"userId": "restored-ada"}


def name_of_restored(api: Api, path: dict[str, str]) -> str:
    return api.call("GET /users/{userId}", 200, sub="restored-ada", **path).json["name"]
