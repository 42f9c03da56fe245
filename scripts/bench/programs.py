"""Builds the measured programs."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Not target/release, whose programs scripts/build.sh may have built with other settings.
TARGET = ROOT / "target/bench"


@dataclass
class Program:
    """A program to build: the workspace, its package, and a profile of Cargo."""

    package: str
    workspace: str
    profile: str = "release"
    # Separate for the peer. Its dependencies have other features, and a shared folder would hold both.
    target: Path = TARGET
    # The binary, if its name is not that of the package.
    program: str | None = None

    @property
    def binary(self) -> Path:
        return self.target / self.profile / (self.program or self.package)

    def build(self) -> Path:
        say(f"building {self.package}")
        command = ["cargo", "build", "--locked", "--quiet", "--profile", self.profile, "--package", self.package]
        # Its errors go to the terminal. RUSTFLAGS of the caller would change what is measured.
        environment = {key: value for key, value in os.environ.items() if key != "RUSTFLAGS"}
        environment["CARGO_TARGET_DIR"] = str(self.target)
        subprocess.run(command, cwd=ROOT / self.workspace, env=environment, check=True)
        return self.binary


HOST = Program("host", "bench", profile="host")
LOAD = Program("load", "bench", profile="host")
PROXY = Program("proxy", "bench")
LOCAL = Program("local", ".", program="cargo-local")
HELLO = Program("hello", "bench")
# In the order of the table.
FUNCTIONS = {
    "hello": HELLO,
    "peer": Program("peer", "bench/peer", target=TARGET / "peer"),
    "lambdalith": Program("lambdalith", "bench"),
    "users-get": Program("users-get", "."),
    "orders-post": Program("orders-post", "."),
}


def build() -> dict[str, Path]:
    """Builds the functions; returns their binaries."""
    HOST.build()
    return {name: program.build() for name, program in FUNCTIONS.items()}


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run(*command: str | Path) -> str:
    """Returns what a program prints."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
