"""Starts the front door with an empty database, and runs the tools side by side. Called by scripts/contract.sh."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "scripts" / "contract"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "contract"
# Schemathesis alone takes most of it. A tool that hangs fails.
TIMEOUT = 600


def start(cargo_local: str) -> tuple[subprocess.Popen, str]:
    """Starts the front door on a free port. Returns it and its URL when it serves."""
    command = [cargo_local, "--ephemeral", "--port", "0", "--no-watch", "--log-format", "json"]
    log = (TARGET / "cargo-local.log").open("w")
    door = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    for line in door.stdout:
        if '"ready"' in line and (record := json.loads(line)).get("type") == "ready":
            return door, record["endpoint"]
    sys.exit(f"cargo local did not start; see {log.name}")


def token(cargo_local: str, subject: str, scopes: list[str]) -> str:
    command = [cargo_local, "token", "--sub", subject, "--scope", " ".join(scopes)]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def scopes(document: dict) -> list[str]:
    """Returns the scopes that operations require."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    return sorted({scope for o in operations for scheme in o.get("security", []) for names in scheme.values() for scope in names})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--cargo-local", required=True)
    arguments = parser.parse_args()

    begun = time.monotonic()
    document = json.loads((ROOT / "openapi.json").read_text())
    door, url = start(arguments.cargo_local)
    try:
        environment = os.environ | {
            "API_URL": url,
            "CARGO_LOCAL": str(Path(arguments.cargo_local).resolve()),
            "USER_TOKEN": token(arguments.cargo_local, "tester", []),
            "SCOPES_TOKEN": token(arguments.cargo_local, "tester", scopes(document)),
            # A workspace of its own in a folder of its own: Cargo confuses packages of two workspaces in one folder.
            "CARGO_TARGET_DIR": str(TARGET),
        }
        # shop: begin
        subprocess.run([ROOT / "scripts/sample-data.py", "--url", url], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        # shop: end
        schemathesis = ROOT / ".venv/contract/bin/schemathesis"
        tools = {
            "lints": ["npm", "run", "--silent", "lint"],
            "Schemathesis": [schemathesis, "run", "../../openapi.json", "--url", url, "--seed", arguments.seed],
            "page and client in TypeScript": ["npm", "--silent", "test"],
            # shop: begin
            "client in Rust": ["cargo", "test", "--quiet", "--locked", "--manifest-path", "client/Cargo.toml"],
            # shop: end
        }
        running = {}
        for name, command in tools.items():
            log = TARGET / f"{name.replace(' ', '-')}.log"
            process = subprocess.Popen(command, cwd=CONTRACT, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT)
            running[name] = (process, log)
        failed = [name for name, (process, log) in running.items() if not passes(name, process, log)]
    finally:
        door.stdout.close()
        door.terminate()
        door.wait()
    print(f"seed {arguments.seed}, {time.monotonic() - begun:.0f} s")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def passes(name: str, process: subprocess.Popen, log: Path) -> bool:
    """Waits for a tool and prints what it wrote."""
    try:
        code = process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        code = None
    print(f"\n-- {name}: {'passed' if code == 0 else 'FAILED'}\n{log.read_text()}", flush=True)
    return code == 0


if __name__ == "__main__":
    main()
