"""The measured costs of the store's operations by the size of the shop, as a table."""

import json
from pathlib import Path

from markdown import table

FILE = Path(__file__).parent.parent.parent / "docs/scale/capacity.json"


def measured() -> dict:
    return json.loads(FILE.read_text())


def capacity_table(report: dict) -> str:
    """Returns a row for each operation: units, and the median in microseconds in each shop.

    Fails if the units differ between two shops: the table has one column for them.
    """
    shops = report["shops"]
    rows = []
    for position, first in enumerate(shops[0]["operations"]):
        in_shops = [shop["operations"][position] for shop in shops]
        for other in in_shops:
            for key in ("operation", "readUnits", "writeUnits"):
                if other[key] != first[key]:
                    raise ValueError(f"{first['operation']}: {key} is {first[key]} in one shop and {other[key]} in another")
        medians = [f"{operation['medianMicros']:,}" for operation in in_shops]
        rows.append([first["operation"], f"{first['readUnits']:g}", f"{first['writeUnits']:g}", *medians])
    return table(["operation", "read units", "write units", *(f"p50 at {shop['items']:,}, µs" for shop in shops)], rows)


def measurement(report: dict) -> str:
    """Returns a sentence that says how the figures were measured."""
    build = "optimized" if report["optimized"] else "not optimized"
    return f"Measured on {report['date']} on {report['machine']}, {build}, {report['repetitions']} repetitions in each shop."


def medians(report: dict) -> dict[str, list[tuple[float, float]]]:
    """Returns the medians of some operations by the size of the shop, for a chart."""
    shown = ["find a product", "list 20 products of a category", "list 20 orders", "create a user", "place it under a key"]
    return {
        name: [(shop["items"], operation["medianMicros"]) for shop in report["shops"] for operation in shop["operations"] if operation["operation"] == name]
        for name in shown
    }
