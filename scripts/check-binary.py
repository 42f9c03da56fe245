#!/usr/bin/env python3
"""Prints the SHA-256 of a binary that Lambda can run: built for the architecture and for the glibc of Amazon Linux 2023, and without schemas.

    scripts/check-binary.py --architecture arm64 target/lambda/arm64/release/health-get/bootstrap
Needs Python 3.9.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import struct
import sys
from pathlib import Path

# The version in provided.al2023.
NEWEST_GLIBC = (2, 34)
MACHINES = {62: "x86_64", 183: "arm64"}
SECTION_OF_NEEDED_VERSIONS = 0x6FFFFFFE
# A program that makes schemas names the version of JSON Schema.
SCHEMA = b"json-schema.org/draft"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", choices=sorted(MACHINES.values()), required=True)
    parser.add_argument("binary", type=Path)
    arguments = parser.parse_args()
    elf = arguments.binary.read_bytes()
    if problem := problem_with(elf, arguments.architecture):
        sys.exit(f"{arguments.binary} {problem}")
    print(hashlib.sha256(elf).hexdigest())


def problem_with(elf: bytes, architecture: str) -> str | None:
    if elf[:6] != b"\x7fELF\x02\x01":
        return "is not a 64-bit Linux binary. Build it with scripts/build.sh."
    machine = MACHINES.get(struct.unpack_from("<H", elf, 18)[0], "an unknown machine")
    if machine != architecture:
        return f"is built for {machine}, not {architecture}. Run: scripts/build.sh --architecture {architecture}"
    newest = max(needed_glibc_versions(elf), default=(0, 0))
    if newest > NEWEST_GLIBC:
        return f"needs GLIBC_{newest[0]}.{newest[1]}, and Lambda has 2.34. Build it with scripts/build.sh, which links against an older version."
    if SCHEMA in elf:
        return "makes JSON schemas. Schemas are for openapi.json alone: remove the call of schemars from the function."
    return None


def needed_glibc_versions(elf: bytes) -> set[tuple[int, int]]:
    """Returns the glibc versions in the binary's section .gnu.version_r."""
    sections, size, count = struct.unpack_from("<Q", elf, 40)[0], *struct.unpack_from("<HH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", elf, sections + i * size) for i in range(count)]
    versions = set()
    for _, kind, _, _, offset, _, link, entries, _, _ in headers:
        if kind != SECTION_OF_NEEDED_VERSIONS:
            continue
        texts = headers[link][4]
        for _ in range(entries):
            _, needs, _, first, following = struct.unpack_from("<HHIII", elf, offset)
            at = offset + first
            for _ in range(needs):
                name, step = struct.unpack_from("<II", elf, at + 8)
                text = elf[texts + name : elf.index(b"\0", texts + name)].decode()
                if found := re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", text):
                    versions.add((int(found[1]), int(found[2])))
                at += step
            offset += following
    return versions


if __name__ == "__main__":
    main()
