"""Prints what a change touches. Started by scripts/impact.sh."""

import argparse
import json
import shutil
import sys

from binaries import changed_inputs
from revision import ROOT, Failed, Revision, run
from stacks import Declarations, every_stack, in_order, kind_of_api, of_cdk_files


def main() -> None:
    arguments = read_arguments()
    try:
        commit = run("git", "rev-parse", "--verify", "--quiet", f"{arguments.revision}^{{commit}}", folder=ROOT).strip()
    except Failed:
        sys.exit(f"{arguments.revision} is no revision of this repository. Give a commit, a branch or a tag; in a shallow clone, run: git fetch --unshallow")
    before, after = Revision(commit=commit), Revision()
    try:
        impact = compare(before, after, arguments.profile)
        if arguments.build:
            compare_bytes(impact, before, after, arguments)
    except Failed as error:
        sys.exit(str(error))
    finally:
        before.close()
    print(json.dumps(impact, indent=2, ensure_ascii=False) if arguments.json else readable(impact, arguments))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/impact.sh",
        description="Says which functions, declarations and stacks differ between REV and the files of this folder.",
    )
    parser.add_argument("revision", metavar="REV", help="a commit, a branch or a tag")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--build", action="store_true", help="build the listed functions of both revisions and compare their bytes (minutes)")
    parser.add_argument("--architecture", choices=["arm64", "x86_64"], default="arm64", help="with --build; default: arm64")
    parser.add_argument("--profile", default="release", help="the Cargo profile that is deployed; default: release")
    return parser.parse_args()


def compare(before: Revision, after: Revision, profile: str) -> dict:
    """Returns what differs between two revisions, as --json prints it."""
    if before.manifests == after.manifests:
        after.take_graph_of(before)
    declarations, kind = Declarations(before.declarations, after.declarations), kind_of_api(after.declarations)
    binaries = {name: inputs for name, inputs in changed_inputs(before, after, profile).items() if inputs}
    changed = [path for path in sorted(before.files.keys() | after.files.keys()) if before.files.get(path) != after.files.get(path)]

    stacks = declarations.stacks()
    for name in binaries:
        stacks.setdefault(name, set()).add("binary")
    for stack, paths in of_cdk_files(changed, before, after, after.functions, kind).items():
        stacks.setdefault(stack, set()).update(paths)
    every = {*every_stack(after.functions, kind), *stacks}
    return {
        "revision": before.commit,
        "files": len(changed),
        "functions": {"added": declarations.added, "removed": declarations.removed, "binary": binaries},
        "declarations": {
            "functions": declarations.changed,
            "tables": declarations.tables,
            "api": declarations.whole_api + declarations.scopes,
        },
        "stacks": {stack: sorted(stacks[stack]) for stack in in_order(set(stacks), kind)},
        "untouched": in_order(every - stacks.keys(), kind),
    }


def compare_bytes(impact: dict, before: Revision, after: Revision, arguments: argparse.Namespace) -> None:
    """Builds the listed functions of both revisions, and removes those with the same bytes from the lists."""
    listed = impact["functions"]["binary"]
    if not listed:
        return
    old, new = hashes(before, listed, arguments), hashes(after, listed, arguments)
    impact["functions"]["sameBytes"] = same = sorted(name for name in listed if old[name] == new[name])
    for name in same:
        del listed[name]
        impact["stacks"][name].remove("binary")
        if not impact["stacks"][name]:
            del impact["stacks"][name]
            impact["untouched"] = in_order({*impact["untouched"], name}, kind_of_api(after.declarations))


def hashes(revision: Revision, names: list[str], arguments: argparse.Namespace) -> dict[str, str]:
    # The tools of scripts/build.sh need not be installed twice.
    if revision.folder != ROOT and (ROOT / ".venv").exists():
        shutil.copytree(ROOT / ".venv", revision.folder / ".venv", symlinks=True)
    build = [str(revision.folder / "scripts/build.sh"), "--architecture", arguments.architecture, "--profile", arguments.profile]
    lines = run(*build, *names, folder=revision.folder).splitlines()
    return {name: hash for hash, name in (line.split() for line in lines)}


def readable(impact: dict, arguments: argparse.Namespace) -> str:
    functions, declared = impact["functions"], impact["declarations"]
    lines = [f"Compared with {impact['revision'][:12]}: {impact['files']} files differ."]

    def section(title: str, entries: list[str]) -> None:
        if entries:
            lines.extend(["", title, *(f"  {entry}" for entry in entries)])

    section("Functions added", functions["added"])
    section("Functions removed", functions["removed"])
    certainty = "have another binary" if arguments.build else "may have another binary"
    section(f"Functions that {certainty}", by_reasons(functions["binary"]))
    section("Functions with the same bytes", functions.get("sameBytes", []))
    section("Declarations of functions", [f"{name}: {field}" for name, fields in declared["functions"].items() for field in fields])
    section("Declarations of tables", declared["tables"])
    section("Declarations of the API", declared["api"])
    section("Stacks", by_reasons(impact["stacks"]))
    if impact["untouched"]:
        section("Stacks that are not touched", [", ".join(impact["untouched"])])
    section("To deploy", commands(impact) or ["nothing"])
    return "\n".join(lines)


def by_reasons(entries: dict[str, list[str]]) -> list[str]:
    """Returns one line for all entries with the same reasons, because a change of a crate touches many functions."""
    together: dict[str, list[str]] = {}
    for name, reasons in entries.items():
        more = f" and {len(reasons) - 4} more" if len(reasons) > 5 else ""
        together.setdefault(", ".join(reasons[:4] if more else reasons) + more, []).append(name)
    return [f"{', '.join(names)}: {reasons}" for reasons, names in together.items()]


def commands(impact: dict) -> list[str]:
    """Returns the commands that deploy the change."""
    stacks, removed = list(impact["stacks"]), impact["functions"]["removed"]
    deploy = []
    if stacks:
        which = f"{' '.join(stacks)} --exclusively" if impact["untouched"] else "--all"
        deploy.append(f"cd cdk && npx cdk deploy {which} -c env=<environment>")
    return deploy + [f"aws cloudformation delete-stack --stack-name <project>-<environment>-{name}" for name in removed]


if __name__ == "__main__":
    main()
