"""The results of the simulation of cold starts, as a table."""

from cold_starts import Design, Outcome, Platform, simulate, traffic, zipf
from markdown import table

# Requests a second: from one a minute to a thousand a second.
RATES = [1 / 60, 1 / 20, 1 / 6, 1 / 2, 1, 3, 10, 30, 100, 300, 1000]
ROUTES = 16
REQUESTS = 100_000
SEED = 1
PERCENTILES = (50, 99, 99.9)

Results = dict[float, dict[str, Outcome]]


def results(designs: list[Design], platform: Platform, rates=RATES, routes=ROUTES, requests=REQUESTS, seed=SEED) -> Results:
    """Simulates each design with the same traffic at each rate."""
    found: Results = {}
    for rate in rates:
        made = traffic(rate, requests, zipf(routes), platform, seed)
        found[rate] = {design.name: simulate(made, design, platform, seed) for design in designs}
    return found


def cold_start_tables(found: Results) -> str:
    """Returns two tables with a row for each rate: shares of cold starts, and percentiles of the durations."""
    names = list(next(iter(found.values())))
    shares = [[rate_text(rate), *(share_text(outcome.cold_share) for outcome in outcomes.values())] for rate, outcomes in found.items()]
    durations = [
        [rate_text(rate), *(f"{outcome.percentile(percent):.0f}" for percent in PERCENTILES for outcome in outcomes.values())]
        for rate, outcomes in found.items()
    ]
    return "\n\n".join(
        [
            table(["share of cold starts", *names], shares),
            table(["ms", *(f"p{percent:g}, {name}" for percent in PERCENTILES for name in names)], durations),
        ]
    )


def rate_text(rate: float) -> str:
    return f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"


def share_text(share: float) -> str:
    percent = share * 100
    # Fewer than ten cold starts in the simulation say no more.
    return f"{percent:.2g} %" if percent >= 0.01 else "< 0.01 %"
