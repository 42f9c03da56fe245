"""Tests the simulation of cold starts against formulas: python3 -m unittest discover --start-directory scripts/python"""

import math
import random
import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scale"))
import cold_starts  # noqa: E402

NEVER = 1e12
# Requests take no time, so they never overlap.
INSTANT = cold_starts.Design("instant", True, init_ms=0, first_ms=0, warm_ms=0)
PLATFORM = cold_starts.Platform(lifetime_seconds=NEVER, memory_mb=1769, start_ms=0, wait_ms=0)


def cold_share(rate, routes, design, platform, requests=200_000):
    traffic = cold_starts.traffic(rate, requests, cold_starts.zipf(routes), platform, seed=1)
    return cold_starts.simulate(traffic, design, platform, seed=1).cold_share


class ColdStarts(unittest.TestCase):
    def test_one_environment_is_cold_after_a_longer_gap(self):
        # The gaps are exponential: P(gap > idle) = e^(-rate * idle).
        for rate in (0.001, 0.003, 0.01):
            with self.subTest(rate=rate):
                expected = math.exp(-rate * PLATFORM.idle_seconds)
                self.assertAlmostEqual(cold_share(rate, 1, INSTANT, PLATFORM), expected, delta=0.004)

    def test_each_route_has_gaps_of_its_own(self):
        rate = 0.05
        shares = cold_starts.zipf(16)
        expected = sum(share * math.exp(-rate * share * PLATFORM.idle_seconds) for share in shares)

        self.assertAlmostEqual(cold_share(rate, 16, INSTANT, PLATFORM), expected, delta=0.004)

    def test_a_shared_function_has_the_gaps_of_all_routes(self):
        shared = replace(INSTANT, function_per_route=False)
        expected = math.exp(-0.01 * PLATFORM.idle_seconds)

        self.assertAlmostEqual(cold_share(0.01, 16, shared, PLATFORM), expected, delta=0.004)

    def test_an_old_environment_is_replaced(self):
        # Warm if the next request comes first: rate / (rate + 1 / lifetime).
        platform = replace(PLATFORM, idle_seconds=1e5, lifetime_seconds=1000)
        expected = 1 - 0.01 / (0.01 + 0.001)

        self.assertAlmostEqual(cold_share(0.01, 1, INSTANT, platform), expected, delta=0.004)

    def test_overlapping_requests_start_as_many_environments(self):
        # One request a second, ten seconds each: ten environments, each used every tenth second.
        requests = [cold_starts.Request(at, 0, 10.0) for at in range(1000)]
        platform = replace(PLATFORM, idle_seconds=NEVER)

        served = list(cold_starts.serve(requests, INSTANT, platform, random.Random(1)))

        self.assertEqual(sum(cold for _, cold, _ in served), 10)

    def test_there_are_as_many_environments_as_requests_at_once(self):
        # Environments never end, so the cold starts are the largest number of requests at the same time.
        chance = random.Random(3)
        at, requests = 0.0, []
        for _ in range(5000):
            at += chance.expovariate(5)
            requests.append(cold_starts.Request(at, 0, chance.uniform(0.1, 2)))
        changes = sorted([(r.at, 1) for r in requests] + [(r.at + r.wait, -1) for r in requests])
        in_use, most = 0, 0
        for _, change in changes:
            in_use += change
            most = max(most, in_use)
        platform = replace(PLATFORM, idle_seconds=NEVER)

        served = list(cold_starts.serve(requests, INSTANT, platform, random.Random(1)))

        self.assertEqual(sum(cold for _, cold, _ in served), most)

    def test_cpu_time_is_divided_by_the_share_and_init_is_not(self):
        design = cold_starts.Design("", True, init_ms=5, first_ms=2, warm_ms=1)
        platform = cold_starts.Platform(memory_mb=1769 // 4, start_ms=100)

        self.assertAlmostEqual(design.cold_seconds(platform), (100 + 5 + 2 * 4) / 1000, places=4)
        self.assertAlmostEqual(design.warm_seconds(platform), 1 * 4 / 1000, places=4)

    def test_percentiles_are_nearest_ranks(self):
        outcome = cold_starts.Outcome(0, [float(n) for n in range(1, 101)])

        self.assertEqual([outcome.percentile(p) for p in (50, 99, 99.9, 100)], [50, 99, 100, 100])

    def test_a_seed_repeats_the_traffic(self):
        def first(seed):
            return cold_starts.traffic(1, 100, cold_starts.zipf(4), PLATFORM, seed)[0]

        self.assertEqual(first(1), first(1))
        self.assertNotEqual(first(1), first(2))


if __name__ == "__main__":
    unittest.main()
