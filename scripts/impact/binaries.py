"""Which functions may get another binary: each one's inputs in two revisions are compared.

An input is a source file, the part of a manifest that Cargo compiles with, a dependency with its version, checksum and
features, the profile, or the toolchain. Equal inputs give equal bytes, because scripts/build.sh is reproducible.
"""

import json
import posixpath
import re

from revision import Revision

# Folders of a package that no binary is built from.
NOT_BUILT = ("tests/", "examples/", "benches/")
# `#[cfg(test)] mod tests;`, perhaps with other attributes in between.
TEST_MODULE = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;")
# A file that the compiler reads as well. Documentation is not compiled into a binary.
DOCUMENTATION = re.compile(r"#!?\[doc\s*=\s*include_str!\([^)]*\)\s*\]")
INCLUDED = re.compile(r'(?:include(?:_str|_bytes)?!\s*\(|#\[path\s*=)\s*("([^"]+)")?')
# The build's own files. rust-toolchain.toml and .cargo/config.toml are read in part.
BUILD_FILES = ("scripts/build.sh", "scripts/python/build.txt")


def changed_inputs(before: Revision, after: Revision, profile: str) -> dict[str, list[str]]:
    """Returns what changed in the inputs of each function that is in both revisions."""
    old, new = Inputs(before, profile), Inputs(after, profile)
    return {name: differences(old.of(name), new.of(name)) for name in sorted(set(before.functions) & set(after.functions))}


def differences(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


class Inputs:
    def __init__(self, revision: Revision, profile: str):
        self.revision = revision
        self.profile = profile
        self.of_packages: dict[str, dict[str, str]] = {}

    def of(self, function: str) -> dict[str, str]:
        """Returns the inputs of a function by what a reader calls them, with their contents or a hash of them."""
        graph = self.revision.graphs[function]
        names = {name for name, _, _ in graph}
        inputs = self.build() | self.profile_settings(names)
        for name, version, features in sorted(graph):
            entry = self.revision.locked.get((name, version), {})
            if package := self.revision.packages.get(name):
                inputs |= self.of_package(package)
            # Cargo.lock also lists dependencies for other systems and, of a member, those of its tests.
            used = names & compiled_with(package) if package else names
            chosen = [d for d in entry.get("dependencies", []) if d.split()[0] in used]
            label = f"{package['folder']}/Cargo.toml" if package else f"the dependency {name}"
            inputs[label] = inputs.get(label, "") + json.dumps([version, features, entry.get("source"), entry.get("checksum"), chosen])
        return inputs

    def build(self) -> dict[str, str]:
        toolchain = self.revision.toml("rust-toolchain.toml").get("toolchain", {}).get("channel")
        config = {key: value for key, value in self.revision.toml(".cargo/config.toml").items() if key not in ("alias", "net", "term")}
        resolver = self.revision.toml("Cargo.toml").get("workspace", {}).get("resolver")
        texts = {"rust-toolchain.toml": toolchain, ".cargo/config.toml": json.dumps(config), "Cargo.toml [workspace] resolver": resolver}
        return texts | {path: self.revision.files.get(path) for path in BUILD_FILES}

    def profile_settings(self, names: set[str]) -> dict[str, str]:
        """Returns the settings of the profile and of those it inherits from. Overrides count for packages in the graph."""
        profiles = self.revision.toml("Cargo.toml").get("profile", {})
        settings = {}
        name = self.profile
        while name:
            table = dict(profiles.get(name, {}))
            overrides = {spec: value for spec, value in table.pop("package", {}).items() if spec == "*" or spec.split("@")[0].split(":")[0] in names}
            settings[f"Cargo.toml [profile.{name}]"] = json.dumps([table, overrides], sort_keys=True)
            name = table.get("inherits") or {"test": "dev", "bench": "release"}.get(name)
        return settings

    def of_package(self, package: dict) -> dict[str, str]:
        name = package["name"]
        if name not in self.of_packages:
            sources = self.sources(package)
            text = "".join(self.revision.text(path) for path in sources)
            manifest = compiled_manifest(package, named_in_code="CARGO_PKG_" in text)
            self.of_packages[name] = sources | {f"{package['folder']}/Cargo.toml": json.dumps(manifest, sort_keys=True)}
        return dict(self.of_packages[name])

    def sources(self, package: dict) -> dict[str, str]:
        """Returns the files that a package is compiled from. Test modules and files for tests are not included."""
        files = self.revision.files
        folder = package["folder"] + "/"
        inside = [path for path in files if path.startswith(folder) and not path.startswith(tuple(folder + n for n in NOT_BUILT))]
        if any("custom-build" in target["kind"] for target in package["targets"]):
            # A build script may read every file.
            return {path: files[path] for path in inside}
        rust = [path for path in inside if path.endswith(".rs")]
        texts = {path: self.revision.text(path) for path in rust}
        tests = tuple(module for path, text in texts.items() for module in test_modules(path, text))
        compiled = {path: text for path, text in texts.items() if not path.startswith(tests)}
        included = {other for path, text in compiled.items() for other in included_files(path, text, inside)}
        return {path: files[path] for path in [*compiled, *sorted(included)] if path in files}


def test_modules(path: str, text: str) -> list[str]:
    """Returns the beginnings of the paths of modules that are compiled for tests only."""
    folder, name = posixpath.split(path)
    own = folder if name in ("lib.rs", "main.rs", "mod.rs") else path.removesuffix(".rs")
    return [f"{own}/{module}{end}" for module in TEST_MODULE.findall(text) for end in (".rs", "/")]


def included_files(path: str, text: str, all_files: list[str]) -> list[str]:
    """Returns the files that a source includes. If it computes a name, this is every file of the package."""
    found = []
    for literal, name in INCLUDED.findall(DOCUMENTATION.sub("", text)):
        if not literal:
            return all_files
        found.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), name)))
    return found


def compiled_with(package: dict) -> set[str]:
    """Returns the names of the dependencies that a package is compiled with, outside its tests."""
    return {dependency["name"] for dependency in package["dependencies"] if dependency["kind"] != "dev"}


def compiled_manifest(package: dict, named_in_code: bool) -> dict:
    """Returns what the compiler sees of a manifest. `[package.metadata]`, lints and dependencies of tests are not part."""
    kinds = {"test", "example", "bench"}
    targets = [[t["kind"], t["crate_types"], t["name"], t["edition"], t["src_path"].split(f"/{package['folder']}/")[-1]] for t in package["targets"] if not kinds & set(t["kind"])]
    fields = ("name", "kind", "rename", "optional", "uses_default_features", "features", "target")
    dependencies = [{field: d[field] for field in fields} for d in package["dependencies"] if d["kind"] != "dev"]
    seen = {"name": package["name"], "version": package["version"], "targets": targets, "dependencies": sorted(dependencies, key=str), "features": package["features"]}
    if named_in_code:
        seen |= {key: package[key] for key in ("authors", "description", "homepage", "license", "license_file", "readme", "repository", "rust_version")}
    return seen
