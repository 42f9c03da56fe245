"""Deploys a copy of the workspace to an AWS stand-in, calls it, changes one function, and destroys everything.

Started by scripts/prove-deploy.sh. The stand-in ignores CORS, throttles, and the tables' time to live and recovery, and
has no CodeDeploy. Tests in cdk/test cover these.
"""

import json
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from denials import check_denials
from issuer import AUDIENCE, Issuer
from standin import ACCOUNT, REGION, StandIn

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api, Failed  # noqa: E402
from smoke import declared_routes, describe, smoke  # noqa: E402

PREFIX = "colonnade-proof-"
# One function, and a change to its source that changes its answer.
CHANGED = "health-get"
CHANGE = ('status: "ok"', 'status: "changed"')


def main() -> None:
    root, workspace, folder = map(Path, sys.argv[1:])
    copy(root, workspace)
    with StandIn(folder) as stand_in, Issuer() as issuer:
        cdk = Cdk(workspace, stand_in, issuer)
        cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        cdk("deploy", "--all")
        stacks = deployed_stacks(stand_in)
        say(f"{len(stacks)} stacks deployed: {', '.join(stacks)}")

        routes = declared_routes(workspace)
        run_smoke(stand_in, issuer, routes)
        permitted, denied = check_denials(stand_in, *declarations(workspace), physical_tables(stand_in))
        say(f"{permitted + denied} permissions tried: {permitted} calls permitted as declared, {denied} denied")

        before = live_functions(stand_in)
        cdk("deploy", "--all")
        expect_changed(before, live_functions(stand_in), [])
        say("deployed again without a change: 0 functions changed")

        change(source(workspace), *CHANGE)
        cdk("deploy", CHANGED, "--exclusively")
        expect_changed(before, live_functions(stand_in), [PREFIX + CHANGED])
        answer = api(stand_in, issuer).call("GET /health", 200)
        if answer.json["status"] != "changed":
            sys.exit(f"{CHANGED} was deployed again, but still answers {answer.text}")
        say(f"{CHANGED} changed and deployed alone: 1 function changed, {PREFIX}{CHANGED}")

        cdk("destroy", "--all", "--force")
        if left := deployed_stacks(stand_in) + list(live_functions(stand_in)):
            sys.exit(f"Not destroyed: {', '.join(left)}")
        say("everything destroyed")


def copy(root: Path, workspace: Path) -> None:
    """Copies the files that git tracks or does not ignore. They keep their times, so that Cargo builds only what has changed."""
    shutil.rmtree(workspace, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, workspace / name)
    # The last proof changed this file and built it later, so Cargo would consider that binary up to date.
    source(workspace).touch()
    for installed in ("cdk/node_modules", ".venv"):
        (workspace / installed).symlink_to(root / installed)


class Cdk:
    """Runs the CDK command line of the workspace with the stand-in."""

    def __init__(self, workspace: Path, stand_in: StandIn, issuer: Issuer):
        self.folder = workspace / "cdk"
        # Kept between proofs: the linker's wrapper is below it, and Cargo builds everything again if its path changes.
        home = workspace.parent / "home"
        home.mkdir(exist_ok=True)
        self.environment = stand_in.cdk_environment(home)
        architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
        context = {"env": "proof", "profile": "proof", "architecture": architecture, "issuer": issuer.url, "audience": AUDIENCE}
        self.context = [word for key, value in context.items() for word in ("-c", f"{key}={value}")]

    def __call__(self, command: str, *words: str) -> None:
        started = time.monotonic()
        yes = ["--require-approval", "never"] if command == "deploy" else []
        line = ["npx", "cdk", "--no-notices", command, *words, *yes, *self.context]
        done = subprocess.run(line, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\n{' '.join(line)} failed.")
        say(f"cdk {command} {' '.join(words)}: {time.monotonic() - started:.0f} s")


def api(stand_in: StandIn, issuer: Issuer) -> Api:
    [found] = stand_in.client("apigatewayv2").get_apis()["Items"]
    # By path, not by host name: glibc does not resolve names below .localhost, and the stand-in would answer /health.
    return Api(f"{stand_in.url}/_aws/execute-api/{found['ApiId']}/$default", issuer.token)


def run_smoke(stand_in: StandIn, issuer: Issuer, routes: list[str]) -> None:
    client = api(stand_in, issuer)
    try:
        smoke(client, routes)
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    say(f"{client.requests} requests sent, {len(client.called & set(routes))} of {len(routes)} routes called")


def declarations(workspace: Path) -> tuple[dict[str, dict], dict[str, dict]]:
    """Returns the functions by physical name, and the tables."""
    described = describe(workspace)
    return {PREFIX + function["name"]: function for function in described["functions"]}, described["tables"]


def physical_tables(stand_in: StandIn) -> dict[str, str]:
    path = "/colonnade/proof/table/"
    parameters = stand_in.client("ssm").get_parameters_by_path(Path=path)["Parameters"]
    return {parameter["Name"].removeprefix(path): parameter["Value"] for parameter in parameters}


def deployed_stacks(stand_in: StandIn) -> list[str]:
    stacks = stand_in.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])["StackSummaries"]
    return sorted(stack["StackName"] for stack in stacks if stack["StackName"].startswith(PREFIX))


def live_functions(stand_in: StandIn) -> dict[str, tuple[str, str]]:
    """Returns each function's live version and the hash of its code."""
    client = stand_in.client("lambda")
    functions = client.get_paginator("list_functions").paginate().build_full_result()["Functions"]
    live = {}
    for function in functions:
        name = function["FunctionName"]
        if name.startswith(PREFIX):
            version = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
            live[name] = (version, client.get_function_configuration(FunctionName=name, Qualifier="live")["CodeSha256"])
    return live


def expect_changed(before: dict, after: dict, expected: list[str]) -> None:
    changed = sorted(name for name in before | after if before.get(name) != after.get(name))
    if changed != expected:
        sys.exit(f"Changed: {', '.join(changed) or 'nothing'}. Expected: {', '.join(expected) or 'nothing'}.")


def source(workspace: Path) -> Path:
    return workspace / "functions" / CHANGED / "src/main.rs"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if text.count(old) != 1:
        sys.exit(f"{file} does not contain {old!r} once. Adapt CHANGE in scripts/proof/prove.py.")
    file.write_text(text.replace(old, new))


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    # So that the context managers end the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
