"""Tests scripts/check-instructions.py: python3 -m unittest discover --start-directory scripts/python"""

import struct
import tempfile
import unittest
from pathlib import Path

from scripts import load

script = load("check-instructions")

# Three objects, of which the program is (1). A line after `calls=` has what the callee executed.
PROFILE = """\
ob=(1) /target/program
fn=(1) main
10 5
+2 7
cob=(2) /lib/libc.so.6
cfn=(2) malloc
calls=3 0
* 900
12 1
ob=(2)
fn=(2)
0 900
ob=(1)
fn=(3) other
-4 20
"""


class CheckInstructions(unittest.TestCase):
    def test_only_the_programs_own_instructions_count(self):
        self.assertEqual(script.own_instructions(PROFILE, "/target/program"), 5 + 7 + 1 + 20)
        self.assertEqual(script.own_instructions(PROFILE, "/lib/libc.so.6"), 900)

    def test_the_size_is_that_of_the_loaded_parts(self):
        loaded, note = 1, 4
        parts = [(loaded, 700), (note, 50), (loaded, 30)]
        # An ELF header of 64 bytes, whose fields at 32, 54 and 56 say where the headers of the parts are.
        header = struct.pack("<32xQ14xHH6x", 64, 56, len(parts))
        program = header + b"".join(struct.pack("<IIQQQQQQ", kind, 0, 0, 0, 0, size, 0, 0) for kind, size in parts)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "program"
            path.write_bytes(program)

            self.assertEqual(script.loaded_size(path), 730)

    def test_a_figure_above_the_tolerance_is_named(self):
        baseline = {"users-get": {"bytes": 1000, "instructions": 1000}}

        lines, grown = script.compare(baseline, {"users-get": {"bytes": 1051, "instructions": 1050}})

        self.assertEqual(len(lines), 2)
        self.assertEqual(grown, ["users-get, bytes: +5.1%"])

    def test_fewer_instructions_are_accepted(self):
        _, grown = script.compare({"users-get": {"bytes": 1000}}, {"users-get": {"bytes": 500}})

        self.assertEqual(grown, [])
