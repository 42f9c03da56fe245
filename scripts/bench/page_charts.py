"""Draws the charts of docs/performance.md."""

import sys
from pathlib import Path

from page import OURS, PAGE, PEER, ROWS, median

sys.path.insert(0, str(Path(__file__).parent.parent))
import charts  # noqa: E402 (from the folder of scripts)

SHOWN = ("hello", "lambdalith", OURS)


def draw(results: dict) -> None:
    if "functions" in results:
        draw_functions(results["functions"])
    if "frontDoor" in results:
        draw_front_door(results["frontDoor"])


def draw_functions(functions: dict) -> None:
    """Draws each figure of a function as a share of the peer's."""
    series = {
        function: [median(functions[function][name]) / median(functions[PEER][name]) for _, name, _ in ROWS] for function in SHOWN
    }
    labels = [title for title, _, _ in ROWS]
    charts.bar_chart(chart("functions"), "Functions", f"share of {PEER}, which is 1", labels, series)


def draw_front_door(doors: dict) -> None:
    """Draws the requests per second by the number of connections."""
    series = {
        name: [(int(connections), load["perSecond"]["median"]) for connections, load in loads.items()]
        for name, loads in doors.items()
    }
    charts.line_chart(chart("front-door"), "The front door", "connections", "requests per second", series)


def chart(name: str) -> Path:
    return PAGE.with_name(f"performance-{name}.svg")
