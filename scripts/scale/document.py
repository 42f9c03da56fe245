"""The generated parts of docs/scale.md."""

from pathlib import Path

from capacity_table import capacity_table, measured, measurement
from cold_start_table import Results as ColdStarts
from cold_start_table import cold_start_tables
from hot_key_table import Results as HotKeys
from hot_key_table import hot_key_table
from markdown import replace_part

DOCUMENT = Path(__file__).parent.parent.parent / "docs/scale.md"


def with_results(document: str, cold_starts: ColdStarts, hot_keys: HotKeys) -> str:
    """Returns the document with the tables of the simulations and of the measured capacity."""
    report = measured()
    parts = {
        "cold-starts": cold_start_tables(cold_starts),
        "hot-keys": hot_key_table(hot_keys),
        "capacity": f"{capacity_table(report)}\n\n{measurement(report)}",
    }
    for name, content in parts.items():
        document = replace_part(document, name, content)
    return document
