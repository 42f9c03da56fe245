"""The designs that are compared, with the measured figures of their functions."""

import json
from pathlib import Path

from cold_starts import Design

RESULTS = Path(__file__).parent.parent.parent / "bench/results.json"


def designs() -> list[Design]:
    """Returns the designs, from the figures of bench/results.json, which are in microseconds."""
    functions = json.loads(RESULTS.read_text())["functions"]

    def design(name: str, function: str, function_per_route: bool) -> Design:
        init, first, warm = (functions[function][figure]["median"] / 1000 for figure in ("init", "firstCpu", "warmCpu"))
        return Design(name, function_per_route, init, first, warm)

    return [
        design("Colonnade", "users-get", function_per_route=True),
        design("usual functions", "peer", function_per_route=True),
        design("one function", "lambdalith", function_per_route=False),
    ]
