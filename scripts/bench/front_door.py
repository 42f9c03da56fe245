"""Measures the front door: `cargo local`, beside `cargo lambda watch` and a bare proxy, with the same function."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from programs import HELLO, LOAD, LOCAL, PROXY, ROOT, TARGET, run, say
from quantiles import middle

CONNECTIONS = (1, 32, 256)
ROUNDS = 5
# Of each measurement, after a warm-up.
SECONDS = 3
# A server may build the function first.
START = 600


def measure() -> dict:
    """Returns the requests per second and the durations of each server, by the number of connections."""
    HELLO.build()
    load = LOAD.build()
    release = LOCAL.build()
    proxy = PROXY.build()
    say("building cargo local")
    # The folder and the profile of `cargo local` as everybody starts it.
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--bin", "cargo-local"], cwd=ROOT, check=True)
    local = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/cargo-local"
    watch = ROOT / ".venv/build/bin/cargo-lambda"
    servers = {
        "bare proxy, 4 processes": ("/", lambda port: [proxy, port, "4", HELLO.binary]),
        "cargo local": ("/hello", local_command(local)),
        "cargo local, release build": ("/hello", local_command(release)),
        "cargo lambda watch": ("/lambda-url/hello/", watch_command(watch)),
        "cargo lambda watch --concurrency 4": ("/lambda-url/hello/", watch_command(watch, "--concurrency", "4")),
    }
    loads: dict[str, dict[str, list[dict]]] = {name: {str(number): [] for number in CONNECTIONS} for name in servers}
    for number in range(ROUNDS):
        for name, (path, command) in servers.items():
            say(f"front door, round {number + 1} of {ROUNDS}: {name}")
            with serving(command, path) as address:
                for connections in loads[name]:
                    printed = run(load, address, path, connections, str(SECONDS))
                    loads[name][connections].append(json.loads(printed))
    return {name: {number: figures(runs) for number, runs in by_number.items()} for name, by_number in loads.items()}


def figures(runs: list[dict]) -> dict:
    """Returns the medians of runs. A duration is None if no run had a request that was answered."""
    answered = {key: [run[key] for run in runs if run[key] is not None] for key in runs[0]}
    return {key: middle(values) if values else None for key, values in answered.items()}


def local_command(local: Path):
    # Without the quota of an account, which a release build exceeds.
    return lambda port: [
        local, "--manifest-path", "bench/hello/Cargo.toml", "--profile", "release", "--ephemeral", "--no-watch",
        "--account-rate", "1000000", "--port", port,
    ]  # fmt: skip


def watch_command(watch: Path, *options: str):
    return lambda port: [
        watch, "lambda", "watch", "--release", "--ignore-changes", "--manifest-path", "bench/Cargo.toml", "--package", "hello",
        "--invoke-port", port, *options,
    ]  # fmt: skip


@contextmanager
def serving(command, path: str):
    """Starts a server, waits until it answers, and ends it."""
    port = free_port()
    environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
    process = subprocess.Popen(
        command(str(port)), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        address = f"127.0.0.1:{port}"
        wait(f"http://{address}{path}", process)
        yield address
    finally:
        # With the functions that it started.
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=START) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit(f"error: {url} does not answer with 200 (exit code {process.poll()})")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
