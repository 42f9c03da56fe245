"""A revision of the repository: its files, its packages, and what its functions declare."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Both architectures that scripts/build.sh knows.
TARGETS = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]


class Failed(Exception):
    """An error that is the user's to correct. Its text says how."""


def run(*command: str, folder: Path, text: str | None = None, environment: dict[str, str] | None = None) -> str:
    """Runs a program and returns its output. Fails with its error message."""
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, env=os.environ | (environment or {}))
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:3])} failed in {folder}:\n{done.stderr.strip()}")
    return done.stdout


def cargo(*words: str, folder: Path) -> str:
    """Runs Cargo of this folder's toolchain, because Cargo's graph does not depend on it and another may not be installed."""
    toolchain = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    return run("cargo", *words, folder=folder, environment={"RUSTUP_TOOLCHAIN": toolchain})


class Revision:
    """A commit, or the working tree if `commit` is None, of the repository whose root is `root`."""

    def __init__(self, root: Path = ROOT, commit: str | None = None):
        self.root = root
        self.commit = commit
        self._checkout = None

    @cached_property
    def files(self) -> dict[str, str]:
        """The files by path, each with the hash of its contents. Files that git ignores are not included."""
        if self.commit:
            lines = run("git", "ls-tree", "-r", "-z", self.commit, folder=self.root).split("\0")
            return {path: entry.split()[2] for entry, path in (line.split("\t") for line in lines if line)}
        listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", folder=self.root).split("\0")
        paths = sorted({path for path in listed if path and (self.root / path).is_file()})
        hashes = run("git", "hash-object", "--stdin-paths", folder=self.root, text="\n".join(paths) + "\n").split()
        return dict(zip(paths, hashes))

    def text(self, path: str) -> str:
        """Returns the contents of a file, or "" if the file does not exist."""
        if path not in self.files:
            return ""
        if self.commit:
            return run("git", "cat-file", "blob", self.files[path], folder=self.root)
        return (self.root / path).read_text(errors="replace")

    def toml(self, path: str) -> dict:
        return tomllib.loads(self.text(path))

    @property
    def folder(self) -> Path:
        """A folder with the files. That of a commit exists until `close`."""
        if not self.commit:
            return self.root
        if not self._checkout:
            self._checkout = Path(tempfile.mkdtemp(prefix="impact-")).resolve()
            with subprocess.Popen(["git", "archive", self.commit], cwd=self.root, stdout=subprocess.PIPE) as archive:
                with tarfile.open(fileobj=archive.stdout, mode="r|") as files:
                    files.extractall(self._checkout, filter="tar")
        return self._checkout

    def close(self) -> None:
        if self._checkout:
            shutil.rmtree(self._checkout, ignore_errors=True)

    @property
    def manifests(self) -> dict[str, str]:
        """The files that Cargo's graph and the declarations depend on."""
        return {path: id for path, id in self.files.items() if Path(path).name in ("Cargo.toml", "Cargo.lock") or path.startswith(".cargo/")}

    @cached_property
    def packages(self) -> dict[str, dict]:
        """The packages of the workspace by name, as `cargo metadata` describes them, with `folder` relative to the root."""
        metadata = json.loads(cargo("metadata", "--locked", "--no-deps", "--format-version=1", folder=self.folder))
        for package in metadata["packages"]:
            package["folder"] = str(Path(package["manifest_path"]).parent.relative_to(self.folder))
        return {package["name"]: package for package in metadata["packages"]}

    @property
    def functions(self) -> list[str]:
        """The names of the functions, which are those of their packages."""
        return sorted(name for name, package in self.packages.items() if package["folder"].startswith("functions/"))

    @cached_property
    def graphs(self) -> dict[str, set[tuple[str, str, str]]]:
        """What each function is built from: name, version and features of packages, its own included."""
        return {function: self._graph(function) for function in self.functions}

    def _graph(self, function: str) -> set[tuple[str, str, str]]:
        # `cargo tree` selects features for this package alone, as scripts/build.sh builds it alone. `cargo metadata`
        # unifies those of the whole workspace.
        targets = [word for target in TARGETS for word in ("--target", target)]
        words = ["--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}", *targets]
        tree = cargo("tree", "--package", function, *words, folder=self.folder)
        # `serde v1.0.228|default,std`. A path or `(proc-macro)` follows the version, and ` (*)` a repeated line.
        split = (line.removesuffix(" (*)").split("|") for line in tree.splitlines() if line)
        return {(*package.split()[:2], features) for package, features in split}

    @cached_property
    def locked(self) -> dict[tuple[str, str], dict]:
        """The packages of Cargo.lock by name and version."""
        return {(entry["name"], f"v{entry['version']}"): entry for entry in self.toml("Cargo.lock").get("package", [])}

    @cached_property
    def declarations(self) -> dict:
        """What `manifest -- describe` of the working tree prints about this revision."""
        words = ["run", "--quiet", "--locked", "--package", "manifest", "--", "describe", "--manifest-path", str(self.folder / "Cargo.toml")]
        return json.loads(cargo(*words, folder=ROOT))

    def take_graph_of(self, other: "Revision") -> None:
        """Takes the graph and declarations of a revision with the same manifests, because reading them takes seconds."""
        self.packages, self.graphs, self.declarations = other.packages, other.graphs, other.declarations
