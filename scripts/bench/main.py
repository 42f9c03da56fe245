"""Measures functions and the front door, and writes docs/performance.md: started by scripts/bench.sh."""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import front_door
import functions
import page
from programs import ROOT, build, run

RESULTS = ROOT / "bench/results.json"
# The packages whose versions change the figures, and the lock files with them.
VERSIONS = {"Cargo.lock": ("aws-sdk-dynamodb", "dynoxide-rs", "lambda_runtime"), "bench/peer/Cargo.lock": ("aws-config",)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__.split(",")[0])
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--only", choices=("functions", "front-door"), help="measure one part, and keep the figures of the other")
    parts.add_argument("--document", action="store_true", help="write docs/performance.md from bench/results.json, without measuring")
    arguments = parser.parse_args()
    if arguments.document and not RESULTS.exists():
        sys.exit("error: bench/results.json does not exist. Run scripts/bench.sh first.")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if not arguments.document:
        if arguments.only != "front-door":
            results |= {"functions": functions.measure(build())} | circumstances()
            write(results)
        if arguments.only != "functions":
            results |= {"frontDoor": front_door.measure()} | circumstances()
            write(results)
    page.write(results)


def write(results: dict) -> None:
    """Writes the figures of a part as soon as it has been measured."""
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


def circumstances() -> dict:
    """Returns what the figures depend on."""
    information = Path("/proc/cpuinfo").read_text()
    models = [line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {"rustc": run("rustc", "--version").split()[1], "valgrind": run("scripts/valgrind.sh", "--version").strip().removeprefix("valgrind-")}
    for lock, names in VERSIONS.items():
        versions |= locked(ROOT / lock, names)
    return {
        "command": "scripts/bench.sh",
        "date": datetime.date.today().isoformat(),
        "machine": {
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
            "memoryGb": round(memory / 1e9),
            "processor": models[0] if models else "unknown",
            "system": f"{platform.system()} {platform.release()}",
        },
        "versions": versions,
    }


def locked(lock: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Returns the versions of packages in a lock file."""
    lines = lock.read_text().splitlines()
    return {
        name: lines[index + 1].split('"')[1]
        for index, line in enumerate(lines)
        for name in names
        if line == f'name = "{name}"'
    }


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {' '.join(map(str, error.cmd))} failed:\n{error.stderr or ''}")
