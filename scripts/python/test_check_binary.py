"""Tests check-binary.py on generated binaries: python3 -m unittest discover --start-directory scripts/python"""

import struct
import unittest

from scripts import load

check_binary = load("check-binary")

X86_64, ARM64 = 62, 183


def elf(machine: int, *versions: str) -> bytes:
    """Returns a binary with two sections: the versions of libc.so.6 that it needs, and their names."""
    names = b"\0" + b"".join(version.encode() + b"\0" for version in versions)
    needed = struct.pack("<HHIII", 1, len(versions), 0, 16, 0)
    at = 1
    for version in versions:
        needed += struct.pack("<IHHII", 0, 0, 0, at, 16)
        at += len(version) + 1
    texts, needs, sections = 64, 64 + len(names), 64 + len(names) + len(needed)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, sections, 0, 64, 0, 0, 64, 2, 0)
    tables = struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, texts, len(names), 0, 0, 1, 0)
    tables += struct.pack("<IIQQQQIIQQ", 0, 0x6FFFFFFE, 0, 0, needs, len(needed), 0, 1, 8, 0)
    return header + names + needed + tables


class CheckBinary(unittest.TestCase):
    def test_a_binary_for_amazon_linux_is_accepted(self):
        self.assertIsNone(check_binary.problem_with(elf(ARM64, "GLIBC_2.17", "GLIBC_2.34"), "arm64"))

    def test_a_newer_glibc_is_refused(self):
        problem = check_binary.problem_with(elf(X86_64, "GLIBC_2.2.5", "GLIBC_2.36", "GLIBC_2.9"), "x86_64")
        self.assertRegex(problem, r"needs GLIBC_2\.36, and Lambda has 2\.34\..*scripts/build\.sh")

    def test_another_architecture_is_refused(self):
        problem = check_binary.problem_with(elf(X86_64), "arm64")
        self.assertRegex(problem, r"built for x86_64, not arm64\. Run: scripts/build\.sh --architecture arm64")

    def test_a_file_that_is_not_a_binary_is_refused(self):
        self.assertRegex(check_binary.problem_with(b"#!/bin/sh\n", "arm64"), "is not a 64-bit Linux binary")

    def test_a_binary_that_makes_schemas_is_refused(self):
        schemas = elf(ARM64, "GLIBC_2.17") + b"https://json-schema.org/draft/2020-12/schema"
        self.assertRegex(check_binary.problem_with(schemas, "arm64"), "makes JSON schemas")

    def test_python_3_9_can_run_it(self):
        # Python 3.9 cannot evaluate annotations such as str | None.
        self.assertEqual(check_binary.problem_with.__annotations__["return"], "str | None")


if __name__ == "__main__":
    unittest.main()
