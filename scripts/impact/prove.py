"""Compares predictions with builds. Started by scripts/prove-impact.sh: prove.py COPY [EDIT …], where COPY is a clone."""

import hashlib
import os
import shlex
import sys
import time
from pathlib import Path

from edits import EDITS, Edit
from main import compare
from revision import Revision, run

PROFILE = "proof"


def main() -> None:
    copy = Path(sys.argv[1])
    numbers = [int(word) for word in sys.argv[2:]] or range(1, len(EDITS) + 1)
    before = Revision(copy, run("git", "rev-parse", "HEAD", folder=copy).strip())
    base = build(copy)
    print(f"{'':2} {'edit':44} {'predicted':>9} {'other bytes':>11} {'missed':>6} {'seconds':>7}", flush=True)
    missed = []
    for number in numbers:
        started = time.monotonic()
        edit = EDITS[number - 1]
        make(edit, copy)
        predicted = set(compare(before, Revision(copy), PROFILE)["functions"]["binary"])
        built = build(copy)
        changed = {name for name in built if built[name] != base[name]}
        missed += [f"{number}: {name}" for name in sorted(changed - predicted)]
        row = f"{number:2} {edit.name:44} {len(predicted):9} {len(changed):11} {len(changed - predicted):6} {time.monotonic() - started:7.0f}"
        print(row, flush=True)
        run("git", "checkout", "--quiet", ".", folder=copy)
    before.close()
    if missed:
        sys.exit(f"Not predicted, but with other bytes: {', '.join(missed)}")
    print(f"{len(numbers)} edits, no miss")


def make(edit: Edit, copy: Path) -> None:
    if edit.file:
        path = copy / edit.file
        text = path.read_text()
        if edit.old and text.count(edit.old) != 1:
            sys.exit(f"{edit.file} does not contain {edit.old!r} exactly once. Correct scripts/impact/edits.py.")
        path.write_text(text.replace(edit.old, edit.new) if edit.old else text + edit.new)
    if edit.then:
        run(*shlex.split(edit.then), folder=copy)


def build(copy: Path) -> dict[str, str]:
    """Builds all functions with the flags of scripts/build.sh, and returns the hashes of the binaries.

    Together and not one at a time, because it is quicker. They have the same features of the same dependencies.
    """
    target = Path(os.environ["CARGO_TARGET_DIR"])
    cargo = os.environ.get("CARGO_HOME", Path.home() / ".cargo")
    sysroot = run("rustc", "--print", "sysroot", folder=copy).strip()
    places = {copy: "/colonnade", target: "/target", cargo: "/cargo", sysroot: "/rust"}
    os.environ["RUSTFLAGS"] = " ".join(f"--remap-path-prefix={folder}={name}" for folder, name in places.items())
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    names = sorted(folder.name for folder in (copy / "functions").iterdir())
    packages = [word for name in names for word in ("--package", name)]
    run("cargo", "build", "--quiet", "--locked", "--profile", PROFILE, *packages, folder=copy)
    del os.environ["RUSTFLAGS"]
    return {name: hashlib.sha256((target / PROFILE / name).read_bytes()).hexdigest() for name in names}


if __name__ == "__main__":
    main()
