"""Writes the tables and charts of docs/scale.md. Started by scripts/scale.sh."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import cold_start_table
import hot_key_table
from capacity_table import FILE, measured, medians
from cold_starts import Platform
from designs import designs
from document import DOCUMENT, with_results
from markdown import replace_part

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from charts import line_chart  # noqa: E402

CHARTS = ROOT / "docs/scale"
SIZES = ["1000", "10000", "100000", "1000000"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/scale.sh", description="Writes the tables and charts of docs/scale.md.")
    parser.add_argument("--measure", action="store_true", help="first measure the operations of the store in shops of up to a million items (several minutes)")
    if parser.parse_args().measure:
        measure()
    cold_starts = cold_start_table.results(designs(), Platform())
    hot_keys = hot_key_table.results()
    document = with_results(DOCUMENT.read_text(), cold_starts, hot_keys)
    for name, table in costs().items():
        document = replace_part(document, name, table)
    DOCUMENT.write_text(document)
    draw(cold_starts, hot_keys)


def measure() -> None:
    # Optimized, but without fat LTO, which takes minutes to link.
    command = ["cargo", "run", "--quiet", "--locked", "--profile", "soak", "--package", "capacity", "--", *SIZES]
    FILE.write_bytes(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def costs() -> dict[str, str]:
    """Returns the tables of costs, which the deployment's code calculates from its prices."""
    command = ["node", "--require", "tsx/cjs", "bin/monthly-cost.ts"]
    return json.loads(subprocess.run(command, cwd=ROOT / "cdk", check=True, stdout=subprocess.PIPE).stdout)


def draw(cold_starts: cold_start_table.Results, hot_keys: hot_key_table.Results) -> None:
    names = list(next(iter(cold_starts.values())))
    # A logarithmic axis has no place for zero.
    shares = {
        name: [(rate, outcomes[name].cold_share * 100) for rate, outcomes in cold_starts.items() if outcomes[name].cold_share > 0]
        for name in names
    }
    line_chart(CHARTS / "cold-starts.svg", "Requests that meet a cold start", "requests a second", "percent", shares)
    for percent, file in ((99, "cold-starts-p99.svg"), (99.9, "cold-starts-p99-9.svg")):
        durations = {name: [(rate, outcomes[name].percentile(percent)) for rate, outcomes in cold_starts.items()] for name in names}
        line_chart(CHARTS / file, f"Duration, p{percent:g}", "requests a second", "milliseconds", durations)
    done = {name: [(rate, outcome.done_per_second) for rate, outcome in outcomes.items()] for name, outcomes in hot_keys.items()}
    line_chart(CHARTS / "hot-keys.svg", "Writes to one key", "requests a second", "done a second", done)
    line_chart(CHARTS / "capacity.svg", "Duration of an operation, p50", "users, products and orders", "microseconds", medians(measured()))


if __name__ == "__main__":
    main()
