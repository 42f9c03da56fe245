"""Tests scripts/impact on small repositories: python3 -m unittest discover --start-directory scripts/python"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "impact"))
from binaries import changed_inputs, included_files, test_modules  # noqa: E402
from revision import ROOT, Failed, Revision, run  # noqa: E402
from stacks import Declarations, changed_fields, in_order, of_cdk_files  # noqa: E402

FILES = {
    "Cargo.toml": '[workspace]\nresolver = "3"\nmembers = ["crates/*", "functions/*"]\n[profile.release]\nlto = "fat"\n',
    "crates/base/Cargo.toml": '[package]\nname = "base"\nedition = "2024"\nversion = "0.1.0"\n[features]\nloud = []\n',
    "crates/base/src/lib.rs": '#![doc = include_str!("../README.md")]\nconst TEXT: &str = include_str!("text");\n#[cfg(test)]\nmod tests;\n',
    "crates/base/src/tests.rs": "\n",
    "crates/base/src/text": "hello",
    "crates/base/README.md": "# base\n",
    "crates/base/tests/all.rs": "\n",
    "crates/check/Cargo.toml": '[package]\nname = "check"\nedition = "2024"\nversion = "0.1.0"\n',
    "crates/check/src/lib.rs": "\n",
    "functions/a/Cargo.toml": '[package]\nname = "a"\nedition = "2024"\nversion = "0.1.0"\n[dependencies]\nbase = { path = "../../crates/base" }\n[dev-dependencies]\ncheck = { path = "../../crates/check" }\n',
    "functions/a/src/main.rs": "fn main() {}\n",
    "functions/b/Cargo.toml": '[package]\nname = "b"\nedition = "2024"\nversion = "0.1.0"\n',
    "functions/b/src/main.rs": "fn main() {}\n",
    "cdk/bin/app.ts": 'import { all } from "../lib/stacks";\n',
    "cdk/lib/stacks.ts": 'import { A } from "./api-stack";\nimport { R } from "./route-stack";\nimport type { E } from "./types";\n',
    "cdk/lib/api-stack.ts": "\n",
    "cdk/lib/route-stack.ts": 'import {\n  alarm,\n} from "./alarms";\n',
    "cdk/lib/alarms.ts": "\n",
    "cdk/test/app.test.ts": "\n",
    "rust-toolchain.toml": '[toolchain]\nchannel = "1.95.0"\n',
}


class Binaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = Path(cls.folder.name).resolve()
        for path, text in FILES.items():
            (cls.root / path).parent.mkdir(parents=True, exist_ok=True)
            (cls.root / path).write_text(text)
        run("cargo", "generate-lockfile", "--offline", folder=cls.root)
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=base"]):
            subprocess.run([*git, *words], cwd=cls.root, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def touched(self, path: str, text: str, old: str = "") -> list[str]:
        """Returns the functions that an edit touches, and undoes it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = Revision(self.root, "HEAD")
        try:
            file.write_text(FILES[path].replace(old, text) if old else FILES.get(path, "") + text)
            after = Revision(self.root)
            return [name for name, inputs in changed_inputs(before, after, "release").items() if inputs]
        finally:
            before.close()
            run("git", "checkout", "--quiet", ".", folder=self.root)
            run("git", "clean", "--quiet", "--force", "-d", folder=self.root)

    def test_a_source_touches_the_functions_built_from_it(self):
        self.assertEqual(self.touched("crates/base/src/lib.rs", "// more\n"), ["a"])
        self.assertEqual(self.touched("functions/b/src/main.rs", "// more\n"), ["b"])
        self.assertEqual(self.touched("crates/base/src/text", "more"), ["a"])

    def test_tests_and_documents_touch_nothing(self):
        for path in ["crates/base/src/tests.rs", "crates/base/tests/all.rs", "crates/base/README.md", "crates/check/src/lib.rs", "docs/new.md"]:
            with self.subTest(path):
                self.assertEqual(self.touched(path, "// more\n"), [])

    def test_a_manifest_touches_what_it_compiles(self):
        self.assertEqual(self.touched("functions/a/Cargo.toml", 'base = { features = ["loud"],', old="base = {"), ["a"])
        self.assertEqual(self.touched("crates/base/Cargo.toml", 'edition = "2021"', old='edition = "2024"'), ["a"])
        self.assertEqual(self.touched("functions/b/Cargo.toml", '[package.metadata.route]\nmethod = "GET"\n'), [])
        self.assertEqual(self.touched("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = 'forbid'\n"), [])

    def test_a_profile_touches_the_functions_built_with_it(self):
        self.assertEqual(self.touched("Cargo.toml", 'lto = "thin"', old='lto = "fat"'), ["a", "b"])
        self.assertEqual(self.touched("Cargo.toml", "[profile.release.package.base]\nopt-level = 1\n"), ["a"])
        self.assertEqual(self.touched("Cargo.toml", "[profile.dev]\nopt-level = 1\n"), [])

    def test_the_build_itself_touches_every_function(self):
        self.assertEqual(self.touched("rust-toolchain.toml", "1.96.0", old="1.95.0"), ["a", "b"])
        self.assertEqual(self.touched("scripts/build.sh", "# new\n"), ["a", "b"])
        self.assertEqual(self.touched(".cargo/config.toml", "[alias]\nx = 'build'\n"), [])

    def test_an_invalid_workspace_is_reported(self):
        with self.assertRaisesRegex(Failed, "cargo metadata --locked failed"):
            self.touched("functions/b/Cargo.toml", "[dependencies", old="[package]")

    def test_a_file_of_the_app_touches_the_stacks_that_import_it(self):
        revision = Revision(self.root)

        def touched(path: str) -> list[str]:
            return in_order(set(of_cdk_files([path], revision, revision, ["a", "b"])))

        every = ["data", "api", "a", "b", "stage", "operations"]
        self.assertEqual(touched("cdk/lib/api-stack.ts"), ["api"])
        self.assertEqual(touched("cdk/lib/alarms.ts"), ["a", "b"])
        self.assertEqual(set(of_cdk_files(["cdk/lib/api-stack.ts"], revision, revision, ["a"], "rest")), set())
        self.assertEqual(in_order(set(of_cdk_files(["cdk/cdk.json"], revision, revision, ["a"], "rest")), "rest"), ["data", "a", "api", "operations"])
        self.assertEqual(touched("cdk/lib/stacks.ts"), every)
        self.assertEqual(touched("cdk/cdk.json"), every)
        self.assertEqual(touched("cdk/test/app.test.ts"), [])


class Sources(unittest.TestCase):
    def test_a_module_for_tests_may_have_attributes(self):
        self.assertEqual(test_modules("src/a.rs", "#[cfg(test)]\n#[allow(x)]\nmod tests;"), ["src/a/tests.rs", "src/a/tests/"])
        self.assertEqual(test_modules("src/lib.rs", "mod tests;"), [])

    def test_a_computed_name_includes_every_file(self):
        self.assertEqual(included_files("a/src/lib.rs", 'include_str!(concat!("x"))', ["a/x", "a/y"]), ["a/x", "a/y"])
        self.assertEqual(included_files("a/src/lib.rs", 'include_bytes!("../../b/x")', ["a/y"]), ["b/x"])


def description(**functions: dict) -> dict:
    return {"functions": [{"name": name, **fields} for name, fields in functions.items()], "tables": {}}


def http(*scopes: str, burst: int = 1, memory: int = 256) -> dict:
    return {"trigger": {"access": {"kind": "token", "scopes": list(scopes)}, "throttle": {"burst": burst}}, "memory": memory}


class Stacks(unittest.TestCase):
    def stacks(self, old: dict, new: dict) -> list[str]:
        return in_order(set(Declarations(old, new).stacks()))

    def test_a_field_touches_its_own_stack(self):
        self.assertEqual(self.stacks(description(a=http(), b=http()), description(a=http(), b=http(memory=512))), ["b"])

    def test_a_throttle_touches_the_stage(self):
        self.assertEqual(self.stacks(description(a=http()), description(a=http(burst=2))), ["a", "stage"])

    def test_a_scope_touches_the_api(self):
        self.assertEqual(self.stacks(description(a=http()), description(a=http("x:read"))), ["api", "a", "stage"])

    def test_a_route_of_a_rest_api_is_in_the_stack_of_the_api(self):
        rest = {"api": {"kind": "rest"}}
        old, new = description(a=http(), b=http()) | rest, description(a=http(burst=2), b=http(memory=512)) | rest

        self.assertEqual(in_order(set(Declarations(old, new).stacks()), "rest"), ["b", "api"])

    def test_an_added_and_a_removed_function_touch_the_stage(self):
        self.assertEqual(self.stacks(description(a=http()), description(b=http())), ["b", "stage", "operations"])

    def test_a_table_touches_the_data(self):
        new = description() | {"tables": {"users": {"indexes": {}}}}
        self.assertEqual(self.stacks(description(), new), ["data", "operations"])
        self.assertEqual(self.stacks(new, description() | {"tables": {"users": {"indexes": {"x": {}}}}}), ["data"])

    def test_a_setting_of_the_whole_api_touches_it(self):
        self.assertEqual(self.stacks(description(), description() | {"cors": {"maxAge": 60}}), ["api"])

    def test_a_changed_field_is_named_with_both_values(self):
        self.assertEqual(changed_fields({"a": {"b": ["x"]}}, {"a": {"b": ["x", "y"]}}), ["a.b: x → x, y"])


class Command(unittest.TestCase):
    def test_an_unknown_revision_says_what_to_do(self):
        done = subprocess.run([ROOT / "scripts/impact.sh", "no-such"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Give a commit, a branch or a tag", done.stderr)


if __name__ == "__main__":
    unittest.main()
