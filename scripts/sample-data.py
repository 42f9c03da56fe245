#!/usr/bin/env python3
"""Loads a small sample into a running store: 5 users, 20 products and 8 orders.

    cargo local                                          in another terminal
    scripts/sample-data.py
    scripts/sample-data.py --url http://127.0.0.1:3111

What exists already is skipped, so the script can be run again, and beside other data. Needs Python 3.9, and cargo for
the development issuer's tokens.
"""

from __future__ import annotations

import argparse
import functools
import subprocess
import sys

from api import Api, Failed

USERS = {
    "ada": "Ada Nowak",
    "ben": "Ben Okafor",
    "chiara": "Chiara Rossi",
    "deniz": "Deniz Yilmaz",
    "emi": "Emi Tanaka",
}

# SKU, name, category, price in cents, stock.
PRODUCTS = [
    ("TEA-GREEN", "Green tea, 100 g", "tea", 690, 120),
    ("TEA-BLACK", "Black tea, 100 g", "tea", 590, 140),
    ("TEA-MINT", "Mint tea, 50 g", "tea", 420, 90),
    ("TEA-ROOIBOS", "Rooibos, 100 g", "tea", 550, 75),
    ("COFFEE-ESPRESSO", "Espresso beans, 500 g", "coffee", 1290, 60),
    ("COFFEE-FILTER", "Filter coffee, 500 g", "coffee", 1150, 80),
    ("COFFEE-DECAF", "Coffee without caffeine, 250 g", "coffee", 790, 40),
    ("CUP-SMALL", "Cup, 80 ml", "cups", 750, 200),
    ("CUP-LARGE", "Cup, 300 ml", "cups", 980, 180),
    ("CUP-GLASS", "Glass, 250 ml", "cups", 860, 150),
    ("CUP-TRAVEL", "Travel cup, 400 ml", "cups", 2490, 35),
    ("POT-CAST-IRON", "Cast-iron teapot", "pots", 5900, 12),
    ("POT-GLASS", "Glass teapot", "pots", 3400, 25),
    ("POT-MOKA", "Moka pot", "pots", 2950, 30),
    ("KETTLE-ELECTRIC", "Electric kettle", "pots", 4590, 18),
    ("FILTER-PAPER", "Paper filters, 100 pieces", "accessories", 350, 500),
    ("FILTER-STEEL", "Steel strainer", "accessories", 1190, 45),
    ("MILL-HAND", "Hand mill", "accessories", 6900, 10),
    ("SCALE-KITCHEN", "Kitchen scale", "accessories", 2190, 22),
    ("HONEY-LIME", "Lime honey, 250 g", "accessories", 640, 65),
]

# Each user's orders, as units by SKU.
ORDERS = {
    "ada": [{"TEA-GREEN": 2, "POT-GLASS": 1}, {"TEA-MINT": 3}, {"CUP-GLASS": 4, "HONEY-LIME": 1}],
    "ben": [{"COFFEE-ESPRESSO": 2, "POT-MOKA": 1}, {"CUP-SMALL": 6}],
    "chiara": [{"COFFEE-FILTER": 1, "FILTER-PAPER": 2, "MILL-HAND": 1}],
    "deniz": [{"TEA-BLACK": 5, "KETTLE-ELECTRIC": 1}],
    "emi": [{"POT-CAST-IRON": 1, "TEA-ROOIBOS": 1}],
}

CLERK = {"sub": "sample-clerk", "scope": "products:write"}


@functools.cache
def token(sub: str, scope: str) -> str:
    command = ["cargo", "--quiet", "local", "token", "--sub", sub, "--scope", scope]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def create(api: Api, route: str, key: str, body: dict, exists: str = "", **caller) -> bool:
    """Sends a POST. Returns whether it created something. `exists` is the problem of one that is there already."""
    answer = api.call(route, body=body, headers={"idempotency-key": f"sample-{key}"}, **caller)
    if answer.status == 201:
        return "idempotency-replayed" not in answer.headers
    if answer.status == 409 and answer.json["type"] == f"/problems/{exists}":
        return False
    raise Failed(f"{route} for {key}: {answer.status} {answer.text}")


def add_users(api: Api) -> int:
    return sum(
        create(api, "POST /users", user, {"email": f"{user}@example.com", "name": name}, "user-exists", sub=user)
        for user, name in USERS.items()
    )


def add_products(api: Api) -> int:
    return sum(
        create(
            api,
            "POST /products",
            sku,
            {"sku": sku, "name": name, "category": category, "price": {"amount": cents, "currency": "EUR"}, "stock": stock},
            "sku-taken",
            **CLERK,
        )
        for sku, name, category, cents, stock in PRODUCTS
    )


def add_orders(api: Api) -> int:
    ids = product_ids(api)
    added = 0
    for user, orders in ORDERS.items():
        # Idempotency keys are kept for a day only. An order of the user that was placed otherwise replaces one here.
        placed = len(api.call("GET /orders", 200, sub=user).json["items"])
        for number, units in enumerate(orders[placed:], placed + 1):
            items = [{"productId": ids[sku], "quantity": quantity} for sku, quantity in units.items()]
            added += create(api, "POST /orders", f"{user}-{number}", {"items": items}, sub=user)
    return added


def product_ids(api: Api) -> dict[str, str]:
    """Returns the ids of all products, by SKU."""
    ids, query = {}, {}
    while True:
        page = api.call("GET /products", 200, query=query).json
        ids.update((item["sku"], item["id"]) for item in page["items"])
        if page["next"] is None:
            return ids
        query = {"cursor": page["next"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    arguments = parser.parse_args()
    api = Api(arguments.url, token)
    steps = [
        ("users", len(USERS), add_users),
        ("products", len(PRODUCTS), add_products),
        ("orders", sum(map(len, ORDERS.values())), add_orders),
    ]
    try:
        for name, total, add in steps:
            added = add(api)
            print(f"{name}: {added} added, {total - added} were there already", flush=True)
    except ConnectionRefusedError:
        print(f"error: nothing serves {arguments.url}; start `cargo local`, or give its address with --url", file=sys.stderr)
        return 1
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
