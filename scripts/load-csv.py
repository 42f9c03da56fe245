#!/usr/bin/env python3
"""Loads a folder of CSV files into a running store, reads all users and products back by page, and compares them.

    cargo local --ephemeral --port 3111
    scripts/load-csv.py FOLDER --url http://127.0.0.1:3111

FOLDER holds customers.csv (customerID, contactName), categories.csv (categoryID, categoryName) and products.csv
(productID, productName, categoryID, unitPrice, unitsInStock, quantityPerUnit), the columns of the classic Northwind
sample. A customer becomes a user whose address is made from the id. A product gets the SKU NW-<productID> and a price
in USD. The store must not have these users and products before; others do not matter. Needs Python 3.11, and cargo for the development issuer's tokens.
"""

import argparse
import csv
import json
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path


def token(subject: str, scope: str = "") -> str:
    command = ["cargo", "--quiet", "local", "token", "--sub", subject, "--scope", scope]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def call(url: str, method: str, path: str, bearer: str, body: dict | None = None) -> dict:
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def all_pages(url: str, path: str, bearer: str) -> list[dict]:
    items, cursor = [], ""
    while cursor is not None:
        page = call(url, "GET", f"{path}?limit=20" + (f"&cursor={cursor}" if cursor else ""), bearer)
        items += page["items"]
        cursor = page["next"]
    return items


def stored_users(url: str, bearer: str) -> dict[str, dict]:
    return {item["id"]: item for item in all_pages(url, "/users", bearer)}


def stored_products(url: str, bearer: str) -> dict[str, dict]:
    return {item["sku"]: item for item in all_pages(url, "/products", bearer)}


def rows(folder: Path, name: str) -> list[dict]:
    with open(folder / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def users(folder: Path) -> dict[str, dict]:
    return {
        row["customerID"]: {"email": f"{row['customerID'].lower()}@example.org", "name": row["contactName"]}
        for row in rows(folder, "customers")
    }


def products(folder: Path) -> dict[str, dict]:
    categories = {row["categoryID"]: row["categoryName"] for row in rows(folder, "categories")}
    return {
        f"NW-{row['productID']}": {
            "sku": f"NW-{row['productID']}",
            "name": row["productName"],
            "category": categories[row["categoryID"]],
            "price": {"amount": int(Decimal(row["unitPrice"]) * 100), "currency": "USD"},
            "stock": int(row["unitsInStock"]),
            "description": row["quantityPerUnit"],
        }
        for row in rows(folder, "products")
    }


def differences(kind: str, sent: dict[str, dict], kept: dict[str, dict], before: set[str]) -> list[str]:
    found = [f"{kind} {key} is in the store, but was not sent" for key in kept.keys() - sent.keys() - before]
    for key, fields in sent.items():
        for field, value in fields.items():
            read = kept.get(key, {}).get(field)
            if read != value:
                found.append(f"{kind} {key}: {field} was sent as {value!r} and read as {read!r}")
    return found


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    arguments = parser.parse_args()

    clerk = token("clerk", "users:read products:write")
    people, goods = users(arguments.folder), products(arguments.folder)
    users_before, products_before = stored_users(arguments.url, clerk), stored_products(arguments.url, clerk)
    if again := sorted((users_before.keys() & people.keys()) | (products_before.keys() & goods.keys())):
        print(f"error: {again[0]} is in the store already; use another store, such as cargo local --ephemeral", file=sys.stderr)
        return 1
    for done, (subject, profile) in enumerate(people.items(), 1):
        call(arguments.url, "POST", "/users", token(subject), profile)
        progress(f"{done} users")
    for done, product in enumerate(goods.values(), 1):
        call(arguments.url, "POST", "/products", clerk, product)
        progress(f"{len(people)} users, {done} products")
    progress("\n")

    found = differences("user", people, stored_users(arguments.url, clerk), set(users_before))
    found += differences("product", goods, stored_products(arguments.url, clerk), set(products_before))
    print("\n".join(found) or f"{len(people)} users and {len(goods)} products read back equal")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
