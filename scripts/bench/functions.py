"""Measures functions behind a Lambda Runtime API, with DynamoDB over TLS."""

import io
import json
import re
import statistics
import subprocess
import tempfile
import zipfile
from pathlib import Path

from events import events
from programs import HOST, ROOT, run, say
from quantiles import middle, quantile

ROUNDS = 30
# Per round: the first, which is cold, and the warm ones.
INVOCATIONS = 101
# The instructions of a warm invocation are the difference of two runs with these numbers of invocations.
FEW, MANY = 10, 60
# How often instructions are counted. The counts of one thread repeat. Those of the peer, which has several, do not.
COUNTS = 5
# Where Linux distributions keep the certificates that they trust.
ROOTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def measure(binaries: dict[str, Path]) -> dict:
    """Returns the figures of each function."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        runs: dict[str, list[dict]] = {name: [] for name in binaries}
        for number in range(ROUNDS):
            # Alternating, so that a change of the machine's load meets all functions.
            say(f"round {number + 1} of {ROUNDS}")
            for name, binary in binaries.items():
                runs[name].append(host.run(name, INVOCATIONS, str(binary)))
        figures = {}
        for name, binary in binaries.items():
            say(f"counting the instructions of {name}")
            figures[name] = sizes(binary) | host.instructions(name, binary) | times(runs[name])
        return figures


class Host:
    """Runs functions by the program `host`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.roots = next((path for path in ROOTS if Path(path).exists()), None)
        if self.roots is None:
            raise SystemExit(f"error: none of {', '.join(ROOTS)} exists; install ca-certificates")

    def run(self, name: str, count: int, *command: str) -> dict:
        """Runs a function for `count` invocations. With none, it ends when it asks for the first."""
        file = self.folder / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(events(name, INVOCATIONS)))
        return json.loads(run(HOST.binary, file, self.roots, str(count), *command))

    def instructions(self, name: str, binary: Path) -> dict:
        """Counts instructions by callgrind."""
        counts = [[self.count(name, binary, invocations) for invocations in (0, FEW, MANY)] for _ in range(COUNTS)]
        return {
            "initInstructions": round(statistics.median(init for init, _, _ in counts)),
            "warmInstructions": round(statistics.median((many - few) / (MANY - FEW) for _, few, many in counts)),
        }

    def count(self, name: str, binary: Path, count: int) -> int:
        output = self.folder / "callgrind"
        self.run(name, count, str(ROOT / "scripts/valgrind.sh"), "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}", str(binary))
        return int(re.search(r"^(?:summary|totals): (\d+)", output.read_text(), re.MULTILINE)[1])


def sizes(binary: Path) -> dict:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(binary, "bootstrap")
    return {"binary": binary.stat().st_size, "zip": len(archive.getvalue())}


def times(runs: list[dict]) -> dict:
    """Returns the medians of runs, each with the quartiles around it. Times are in microseconds, sizes in bytes."""
    figures = {name: middle([run[name] for run in runs]) for name in runs[0] if name != "warm"}
    for name, share in (("warmP50", 0.5), ("warmP99", 0.99)):
        figures[name] = middle([quantile(run["warm"], share) for run in runs])
    return figures
