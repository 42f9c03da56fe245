"""The designs that are compared, with the measured figures of their functions."""

import json
from pathlib import Path

from cold_starts import Design

FIGURES = Path(__file__).parent / "figures.json"


def designs() -> list[Design]:
    """Returns the designs, from the figures of single functions."""
    figures = json.loads(FIGURES.read_text())

    def design(name: str, function: str, function_per_route: bool) -> Design:
        measured = figures[function]
        return Design(name, function_per_route, measured["initMs"], measured["firstMs"], measured["warmMs"])

    return [
        design("Colonnade", "users-get", function_per_route=True),
        design("usual functions", "peer", function_per_route=True),
        design("one function", "lambdalith", function_per_route=False),
    ]
