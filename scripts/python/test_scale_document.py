"""Tests that docs/scale.md has the results of the simulations: python3 -m unittest discover --start-directory scripts/python"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scale"))
import cold_start_table  # noqa: E402
import hot_key_table  # noqa: E402
from capacity_table import capacity_table, measured, measurement  # noqa: E402
from cold_starts import Platform  # noqa: E402
from designs import designs  # noqa: E402
from document import DOCUMENT  # noqa: E402
from markdown import replace_part, table  # noqa: E402


class ScaleDocument(unittest.TestCase):
    def assert_has(self, lines: str) -> None:
        document = DOCUMENT.read_text().splitlines()
        for line in lines.splitlines():
            self.assertIn(line, document, "docs/scale.md is out of date; run: scripts/scale.sh")

    def test_it_has_the_simulated_cold_starts(self):
        # Some rates, because all take a quarter of a minute. Each rate has random numbers of its own.
        found = cold_start_table.results(designs(), Platform(), rates=[1 / 60, 1, 30])

        self.assert_has(cold_start_table.cold_start_tables(found))

    def test_it_has_the_simulated_hot_keys(self):
        self.assert_has(hot_key_table.hot_key_table(hot_key_table.results(rates=[10, 100])))

    def test_it_has_the_measured_capacity(self):
        self.assert_has(capacity_table(measured()))
        self.assert_has(measurement(measured()))

    def test_different_units_in_two_shops_are_an_error(self):
        def shop(items, units):
            return {"items": items, "operations": [{"operation": "find", "readUnits": units, "writeUnits": 0, "medianMicros": 9}]}

        with self.assertRaisesRegex(ValueError, "find: readUnits is 1 in one shop and 2 in another"):
            capacity_table({"shops": [shop(10, 1), shop(100, 2)]})

    def test_only_the_named_part_is_replaced(self):
        document = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\n<!-- y: begin -->\nkept\n<!-- y: end -->\n"

        replaced = replace_part(document, "x", table(["n", "m"], [["1", "2"]]))

        self.assertEqual(replaced, document.replace("old", "| n | m |\n| --- | ---: |\n| 1 | 2 |"))
        with self.assertRaisesRegex(ValueError, "0 parts named 'z'"):
            replace_part(document, "z", "")


if __name__ == "__main__":
    unittest.main()
