"""The results of the simulation of hot keys, as a table."""

from hot_keys import Outcome, Write, simulate
from markdown import table

RATES = [10, 30, 50, 100, 200, 300, 500, 1000, 2000]
# The simulated time, which is longer at low rates, so that there are as many requests.
SECONDS = 20
REQUESTS = 2000
SEED = 1

# Taking units from a stock in a transaction writes the product, which is smaller than 1 KB, with two write units.
ORDER = Write(write_units=2, hold_ms=10)
# Any change of a product also replaces its item in the index by-category, with one write unit.
INDEX = Write(write_units=1, hold_ms=0)

Results = dict[str, dict[float, Outcome]]


def results(rates=RATES) -> Results:
    """Simulates orders of one product, with its stock in one item or in several, and changes in one category."""
    cases = {
        "orders of one product": (ORDER, 1),
        "orders, stock in 4 items": (ORDER, 4),
        "orders, stock in 16 items": (ORDER, 16),
        "stock changes in one category": (INDEX, 1),
    }
    return {
        name: {rate: simulate(write, rate, keys, max(SECONDS, REQUESTS / rate), SEED) for rate in rates}
        for name, (write, keys) in cases.items()
    }


def hot_key_table(found: Results) -> str:
    """Returns a row for each rate: requests that are done each second, the share that fails, and the p99."""
    rows = []
    for rate in next(iter(found.values())):
        cells = [f"{rate:,}"]
        for outcomes in found.values():
            outcome = outcomes[rate]
            cells.append(f"{outcome.done_per_second:,.0f}, {outcome.failed_share * 100:.0f} %, {outcome.percentile(99):,.0f} ms")
        rows.append(cells)
    return table(["requests a second", *found], rows)
