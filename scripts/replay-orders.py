#!/usr/bin/env python3
"""Replays a folder's orders into a running store twice, in the order of their dates, each with its customer's token.

    cargo local --ephemeral --port 3111
    scripts/load-csv.py FOLDER --url http://127.0.0.1:3111
    scripts/replay-orders.py FOLDER --url http://127.0.0.1:3111

FOLDER holds orders.csv (orderID, customerID, orderDate) and order_details.csv (orderID, productID, quantity), and the
files that load-csv.py has loaded. Stocks are first raised by the units of all orders. Every POST has an Idempotency-Key
made from the file, so the second pass, and every later run, must change nothing. Orders are placed at the current price
of the product. Needs Python 3.11, and cargo for the development issuer's tokens.
"""

import argparse
import importlib.util
import json
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

POST_TIMEOUT = 60  # seconds for one POST with all its retries


def load_csv():
    """Imports load-csv.py, which reads CSV files and the store."""
    spec = importlib.util.spec_from_file_location("load_csv", Path(__file__).with_name("load-csv.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Answer:
    body: dict
    replayed: bool


def post(url: str, path: str, bearer: str, key: str, body: dict) -> Answer:
    """Posts until there is an answer. A POST with a key may be sent again, even if it was executed."""
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json", "idempotency-key": key}
    deadline = time.monotonic() + POST_TIMEOUT
    while True:
        request = urllib.request.Request(url + path, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request) as response:
                return Answer(json.load(response), response.headers["idempotency-replayed"] == "true")
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500 or time.monotonic() > deadline:
                sys.exit(f"POST {path} as {key}: {error.code} {error.read().decode()}")
        except OSError as error:
            if time.monotonic() > deadline:
                sys.exit(f"POST {path} as {key}: {error}")
        time.sleep(0.2)


class Replay:
    """The orders of the folder, and the store that they are placed in."""

    def __init__(self, folder: Path, url: str):
        self.csv, self.url = load_csv(), url
        self.clerk = self.csv.token("clerk", "users:read products:write")
        self.orders = sorted(self.csv.rows(folder, "orders"), key=lambda row: (row["orderDate"], int(row["orderID"])))
        self.lines: dict[str, list[dict]] = {}
        for row in self.csv.rows(folder, "order_details"):
            self.lines.setdefault(row["orderID"], []).append(row)
        self.tokens = {customer: self.csv.token(customer) for customer in sorted({row["customerID"] for row in self.orders})}
        self.ids = {sku: product["id"] for sku, product in self.products().items()}

    def products(self) -> dict[str, dict]:
        return {product["sku"]: product for product in self.csv.all_pages(self.url, "/products", self.clerk)}

    def kept(self) -> dict[str, list[dict]]:
        """Returns the content of the store: products by SKU, orders by customer."""
        orders = {who: self.csv.all_pages(self.url, "/orders", bearer) for who, bearer in self.tokens.items()}
        return {"products": self.products(), "orders": orders}

    def raise_stocks(self) -> list[Answer]:
        wanted = Counter()
        for line in (line for lines in self.lines.values() for line in lines):
            wanted[f"NW-{line['productID']}"] += int(line["quantity"])
        path = "/products/{}/stock"
        return [
            post(self.url, path.format(self.ids[sku]), self.clerk, f"northwind-stock-{sku}", {"delta": units})
            for sku, units in sorted(wanted.items())
        ]

    def place(self) -> list[Answer]:
        answers = []
        for order in self.orders:
            items = [{"productId": self.ids[f"NW-{line['productID']}"], "quantity": int(line["quantity"])} for line in self.lines[order["orderID"]]]
            key, bearer = f"northwind-{order['orderID']}", self.tokens[order["customerID"]]
            answers.append(post(self.url, "/orders", bearer, key, {"items": items}))
            self.csv.progress(f"{len(answers)} orders")
        self.csv.progress("\n")
        return answers


def figures(answers: list[Answer]) -> str:
    orders = {answer.body["id"]: answer.body for answer in answers}
    lines = [line for order in orders.values() for line in order["items"]]
    units, cents = sum(line["quantity"] for line in lines), sum(order["total"]["amount"] for order in orders.values())
    return f"{len(orders):,} orders, {len(lines):,} lines, {units:,} units, {cents:,} cents at list price"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    arguments = parser.parse_args()

    replay = Replay(arguments.folder, arguments.url)
    first = replay.raise_stocks() + replay.place()
    placed = [answer for answer in first if "items" in answer.body]
    kept = replay.kept()
    print(f"placed: {figures(placed)}")
    print(f"kept:   {sum(map(len, kept['orders'].values())):,} orders of {len(kept['orders'])} customers")

    again = replay.raise_stocks() + replay.place()
    found = []
    if not all(answer.replayed for answer in again):
        found.append(f"{sum(not answer.replayed for answer in again)} POSTs were executed a second time")
    if [answer.body for answer in again] != [answer.body for answer in first]:
        found.append("answers differ from those of the first pass")
    if replay.kept() != kept:
        found.append("the store has changed since the first pass")
    if {order["id"] for orders in kept["orders"].values() for order in orders} != {answer.body["id"] for answer in placed}:
        found.append("the customers' lists differ from the placed orders")
    print("\n".join(found) or f"again:  {len(again):,} POSTs answered as before, nothing changed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
