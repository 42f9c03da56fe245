#!/usr/bin/env python3
"""Fails if a function's instructions or size grew by more than 5 % over scripts/bench/instructions.json.

  scripts/check-instructions.py            compares
  scripts/check-instructions.py --write    writes the figures of now as the new baseline

Counts what callgrind executes until a function asks for its first event, and for one warm invocation, in the function's
own code: without the C library, which differs between systems. The counts do not depend on the machine's load. The
functions are those of `cargo local`, with the dev profile, so nothing is compiled twice. The check finds added work and
added code, not lost optimization: scripts/bench.sh measures release builds. The baseline belongs to one version of Rust.
With another one the check fails until a new baseline is accepted.

Needs Linux on x86_64, Rust and Python 3.11. Installs valgrind into .venv unless it is installed.
"""

import argparse
import binascii
import json
import os
import platform
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/bench"))
from events import events  # noqa: E402

BASELINE = ROOT / "scripts/bench/instructions.json"
FUNCTIONS = ("users-get", "orders-post")
TOLERANCE = 0.05
ACCEPT = "To accept the figures of now, run scripts/check-instructions.py --write and commit scripts/bench/instructions.json."
# The difference of two runs with these numbers of invocations is the cost of the warm ones.
FEW, MANY = 5, 25

TIMES = {name: {"S": "2026-07-10T19:19:05.123Z"} for name in ("createdAt", "updatedAt")}
USER = {"id": {"S": "ada"}, "email": {"S": "ada@example.com"}, "name": {"S": "Ada Lovelace"}, "version": {"N": "7"}} | TIMES


def product(key: str) -> dict:
    price = {"M": {"amount": {"N": "450"}, "currency": {"S": "EUR"}}}
    texts = {"id": {"S": key}, "sku": {"S": "TEA"}, "name": {"S": "Tea"}, "category": {"S": "drinks"}}
    return texts | {"price": price, "stock": {"N": "100"}, "version": {"N": "7"}} | TIMES


def answer(operation: str, request: dict) -> dict:
    """Returns the response of DynamoDB: always the same items."""
    match operation:
        case "GetItem" if request["TableName"] == "users":
            return {"Item": USER}
        case "BatchGetItem":
            found = {table: [product(key["id"]["S"]) for key in wanted["Keys"]] for table, wanted in request["RequestItems"].items()}
            return {"Responses": found, "UnprocessedKeys": {}}
        case _:
            return {}


class Server(ThreadingHTTPServer):
    """The Lambda Runtime API and DynamoDB, on one port."""

    daemon_threads = True

    def __init__(self, events: list[dict]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.events = events
        self.sent = 0
        self.done = threading.Event()
        self.failure: str | None = None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.server.sent == len(self.server.events):
            self.server.done.set()
            time.sleep(3600)  # Until the function is ended.
        self.server.sent += 1
        headers = {
            "lambda-runtime-aws-request-id": f"8476a536-e9f4-11e8-9739-{self.server.sent:012}",
            "lambda-runtime-deadline-ms": str(int(time.time() * 1000) + 600_000),
            "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:000000000000:function:f",
        }
        self.reply(200, json.dumps(self.server.events[self.server.sent - 1]).encode(), headers)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if target := self.headers.get("x-amz-target"):
            data = json.dumps(answer(target.split(".")[1], body)).encode()
            return self.reply(200, data, {"x-amz-crc32": str(binascii.crc32(data))})
        if body.get("statusCode") not in (200, 201):
            self.server.failure = json.dumps(body)
        self.reply(202, b"{}")

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"content-type": "application/json", "content-length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def count(name: str, binary: Path, invocations: int) -> int:
    """Returns the instructions of a function's own code until it has answered `invocations` events and asks for more."""
    server = Server(events(name, invocations))
    address = f"127.0.0.1:{server.server_port}"
    # Init ends its early connection after a second, which a loaded machine can exceed under callgrind. A refused
    # connection takes the same instructions everywhere.
    database = f"127.0.0.1:{server.server_port if invocations else 1}"
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://{database}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "group",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PATH": os.environ["PATH"],
    }
    environment |= {f"TABLE_{table.upper()}": table for table in ("users", "products", "orders", "idempotency", "reservations")}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "callgrind")
        command = [ROOT / "scripts/valgrind.sh", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}", binary]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not server.done.wait(0.1):
            if process.poll() is not None:
                raise SystemExit(f"error: {name} ended:\n{process.stderr.read()}")
        process.terminate()
        process.communicate()
        server.shutdown()
        if server.failure:
            raise SystemExit(f"error: {name} did not succeed: {server.failure}")
        return own_instructions(output.read_text(), str(binary))


def own_instructions(profile: str, binary: str) -> int:
    """Returns the instructions of one object in a profile of callgrind, whose lines name objects and positions."""
    names: dict[str, str] = {}
    total, is_own, is_call = 0, False, False
    for line in profile.splitlines():
        if line.startswith("ob="):
            number, _, name = line[3:].partition(" ")
            is_own = names.setdefault(number, name) == binary
        elif line.startswith("cob="):
            number, _, name = line[4:].partition(" ")
            names.setdefault(number, name)
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[\d+*-]", line):
            # After a call stands what the callee executed, which its own lines have as well.
            total += 0 if is_call or not is_own else int(line.split()[1])
            is_call = False
    return total


def loaded_size(binary: Path) -> int:
    """Returns the bytes of a program that are loaded into memory (ELF, 64 bits): without symbols and line numbers."""
    data = binary.read_bytes()
    offset, size, number = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    headers = (struct.unpack_from("<IIQQQQQQ", data, offset + index * size) for index in range(number))
    is_loaded = 1
    return sum(header[5] for header in headers if header[0] == is_loaded)


def figures() -> dict[str, dict[str, int]]:
    # Without --package, Cargo unifies the features of all members, as for `cargo test --workspace`.
    bins = [argument for name in FUNCTIONS for argument in ("--bin", name)]
    subprocess.run(["cargo", "build", "--quiet", "--locked", *bins], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    figures = {}
    for name in FUNCTIONS:
        binary = target / "debug" / name
        few = count(name, binary, FEW)
        figures[name] = {
            "instructions to the first event": count(name, binary, 0),
            "instructions of a warm invocation": (count(name, binary, MANY) - few) // (MANY - FEW),
            "bytes": loaded_size(binary),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the figures of now as the new baseline")
    write = parser.parse_args().write
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        print(f"not compared: the baseline is for Linux on x86_64, and this is {platform.system()} on {platform.machine()}")
        return
    if not write and not BASELINE.exists():
        sys.exit(f"error: there is no baseline. {ACCEPT}")
    baseline = {} if write else json.loads(BASELINE.read_text())
    rust, valgrind = version("rustc"), version(ROOT / "scripts/valgrind.sh")
    if not write and baseline["rustc"] != rust:
        sys.exit(f"error: the baseline is for rustc {baseline['rustc']}, and this is {rust}. {ACCEPT}")
    measured = figures()
    if write:
        BASELINE.write_text(json.dumps({"rustc": rust, "valgrind": valgrind, "functions": measured}, indent=2) + "\n")
        return
    lines, grown = compare(baseline["functions"], measured)
    print(*lines, sep="\n")
    if grown:
        tools = "" if baseline["valgrind"] == valgrind else f" The baseline is from valgrind {baseline['valgrind']}, and this is {valgrind}."
        sys.exit(
            f"error: more than {TOLERANCE:.0%} above the baseline: {'; '.join(grown)}.{tools} Find what was added with callgrind_annotate "
            f"or cargo-bloat. If it is worth its cost, say so in the commit. {ACCEPT}"
        )


def compare(baseline: dict, measured: dict) -> tuple[list[str], list[str]]:
    """Returns a line for each figure, and those that exceed the tolerance."""
    lines, grown = [], []
    for name, figures in baseline.items():
        for figure, before in figures.items():
            now = measured[name][figure]
            change = now / before - 1
            lines.append(f"{name:12} {figure:34} {before:>12,} → {now:>12,} {change:+.1%}")
            if now > before * (1 + TOLERANCE):
                grown.append(f"{name}, {figure}: {change:+.1%}")
    return lines, grown


def version(program: str | Path) -> str:
    """Returns the version that a program prints, such as 1.95.0."""
    printed = subprocess.run([program, "--version"], cwd=ROOT, capture_output=True, text=True)
    if printed.returncode:
        sys.exit(f"error: {printed.stderr.strip()}")
    return re.search(r"\d+(\.\d+)+", printed.stdout)[0]


if __name__ == "__main__":
    main()
