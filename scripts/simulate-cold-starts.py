#!/usr/bin/env python3
"""Prints which requests meet a cold start, and the durations that follow, for three ways to build the same API.

    scripts/simulate-cold-starts.py
    scripts/simulate-cold-starts.py --idle 1800 --memory 128 --routes 40 --rates 0.1 1 10

The designs are one function per route as in this repository, one per route as the usual samples build it, and one
function for all routes. The same seed gives the same table. docs/scale.md explains the model. Needs Python 3.11.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "scale"))
from cold_start_table import RATES, REQUESTS, ROUTES, SEED, cold_start_tables, results  # noqa: E402
from cold_starts import Platform  # noqa: E402
from designs import designs  # noqa: E402


def main() -> None:
    default = Platform()
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--idle", type=float, default=default.idle_seconds, metavar="S", help="seconds until Lambda ends an idle environment")
    parser.add_argument("--lifetime", type=float, default=default.lifetime_seconds, metavar="S", help="mean seconds until Lambda ends any environment")
    parser.add_argument("--memory", type=int, default=default.memory_mb, metavar="MB", help="memory of each function, which sets its share of a core")
    parser.add_argument("--start", type=float, default=default.start_ms, metavar="MS", help="milliseconds until the process of a new environment starts")
    parser.add_argument("--wait", type=float, default=default.wait_ms, metavar="MS", help="median milliseconds that a request waits for DynamoDB")
    parser.add_argument("--routes", type=int, default=ROUTES, metavar="N", help="number of routes")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, metavar="R", help="requests a second")
    parser.add_argument("--requests", type=int, default=REQUESTS, metavar="N", help="simulated requests at each rate, on average")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="seed of the random traffic")
    given = parser.parse_args()
    platform = Platform(given.idle, given.lifetime, given.memory, given.start, given.wait)
    print(cold_start_tables(results(designs(), platform, given.rates, given.routes, given.requests, given.seed)))


if __name__ == "__main__":
    main()
