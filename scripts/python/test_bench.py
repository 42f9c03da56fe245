"""Tests what scripts/bench writes: python3 -m unittest discover --start-directory scripts/python"""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))
import page  # noqa: E402
from events import events  # noqa: E402
from programs import ROOT  # noqa: E402
from quantiles import differ, middle, quantile  # noqa: E402


def function(share: float, noise: float = 0.0) -> dict:
    """Returns the figures of a function, in parts of 1,000,000."""
    value = share * 1_000_000
    counted = {name: int(value) for name in ("binary", "zip", "initInstructions", "warmInstructions")}
    timed = {"median": value, "low": value - noise, "high": value + noise}
    return {name: counted.get(name, timed) for _, name, _ in page.ROWS}


def results(noise: float = 0.0) -> dict:
    return {
        "command": "scripts/bench.sh",
        "date": "2026-11-25",
        "machine": {"architecture": "x86_64", "cores": 2, "memoryGb": 24, "processor": "Some", "system": "Linux 6"},
        "versions": {"rustc": "1.95.0"},
        "functions": {"hello": function(0.1), "peer": function(1, noise), "users-get": function(0.5, noise)},
        "frontDoor": {"cargo local": {"1": {"perSecond": {"median": 4000}, "p50": {"median": 250, "low": 240, "high": 260}}}},
    }


class Page(unittest.TestCase):
    def test_a_row_has_every_function_and_the_ratio(self):
        table = page.figures(results())

        self.assertIn("| | hello | peer | users-get | users-get : peer |", table)
        self.assertIn("| binary, MB | 0.10 | 1.00 | 0.50 | 0.50 |", table)

    def test_a_ratio_within_the_noise_is_marked(self):
        table = page.figures(results(noise=300_000))

        self.assertIn("| first invocation, ms | 100.0 | 1000.0 | 500.0 | ≈ 0.50 |", table)
        self.assertIn("| zipped, MB | 0.10 | 1.00 | 0.50 | 0.50 |", table)

    def test_the_front_door_has_rates_and_durations(self):
        self.assertIn("| cargo local | 4,000 (250) |", page.figures(results()))

    def test_the_front_door_has_what_it_adds_to_an_invocation(self):
        changed = results()
        changed["functions"]["hello"]["warmP50"] = {"median": 150, "low": 140, "high": 160}

        self.assertIn("| cargo local | 250 | 100 |", page.figures(changed))

    def test_the_document_has_the_figures_of_the_results(self):
        file = ROOT / "bench/results.json"
        if not file.exists():
            self.skipTest("scripts/bench.sh has not written bench/results.json")
        figures = page.figures(json.loads(file.read_text()))

        self.assertIn(f"{page.BEGIN}\n{figures}\n{page.END}", page.PAGE.read_text())


class Quantiles(unittest.TestCase):
    def test_a_quantile_is_one_of_the_values(self):
        self.assertEqual([quantile([3, 1, 2, 4], share) for share in (0, 0.5, 0.99)], [1, 2, 4])

    def test_figures_differ_if_their_quartiles_do_not_overlap(self):
        one, other = middle([1, 2, 3, 4]), middle([7, 8, 9, 10])

        self.assertTrue(differ(one, other))
        self.assertFalse(differ(one, one))


class Events(unittest.TestCase):
    def test_every_order_has_a_key_of_its_own(self):
        keys = [event["headers"]["idempotency-key"] for event in events("orders-post", 3)]

        self.assertEqual(keys, ["key-000000", "key-000001", "key-000002"])

    def test_an_event_has_the_route_and_its_variables(self):
        (event,) = events("users-get", 1)

        self.assertEqual(event["requestContext"]["routeKey"], "GET /users/{userId}")
        self.assertEqual((event["rawPath"], event["pathParameters"]), ("/users/ada", {"userId": "ada"}))
