"""Tests the simulation of hot keys against formulas: python3 -m unittest discover --start-directory scripts/python"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scale"))
from hot_keys import PARTITION_WRITE_UNITS, Write, simulate  # noqa: E402


class HotKeys(unittest.TestCase):
    def test_few_requests_are_all_served(self):
        outcome = simulate(Write(2, hold_ms=10), rate=20, keys=1, seconds=200, seed=1)

        self.assertEqual(outcome.failed_share, 0)
        self.assertAlmostEqual(outcome.done_per_second, 20, delta=1)

    def test_the_units_of_a_partition_are_the_limit_of_single_writes(self):
        outcome = simulate(Write(2, hold_ms=0), rate=900, keys=1, seconds=20, seed=1)

        # The units of the first second come on top.
        self.assertAlmostEqual(outcome.done_per_second, PARTITION_WRITE_UNITS / 2, delta=30)

    def test_transactions_on_one_item_follow_one_another(self):
        outcome = simulate(Write(2, hold_ms=20), rate=200, keys=1, seconds=20, seed=1)

        self.assertLessEqual(outcome.done_per_second, 1000 / 20)
        self.assertGreater(outcome.failed_share, 0.5)

    def test_a_request_conflicts_if_the_item_is_held(self):
        # At a low rate an arrival finds the item held for rate * hold of the time.
        outcome = simulate(Write(2, hold_ms=10), rate=2, keys=1, seconds=10_000, seed=1)

        self.assertAlmostEqual(outcome.conflicts_per_request, 2 * 0.010, delta=0.004)

    def test_keys_share_the_requests(self):
        one = simulate(Write(2, hold_ms=20), rate=150, keys=1, seconds=20, seed=1)
        eight = simulate(Write(2, hold_ms=20), rate=150, keys=8, seconds=20, seed=1)

        self.assertGreater(eight.done_per_second, 2 * one.done_per_second)
        self.assertEqual(eight.failed_share, 0)


if __name__ == "__main__":
    unittest.main()
