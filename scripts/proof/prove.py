"""Deploys a copy of the workspace to an AWS stand-in as a pipeline would, calls it, changes one function, cleans up,
restores a table, and destroys everything. Then deploys it with a REST API.

Started by scripts/prove-deploy.sh. The stand-in does not limit CloudFormation to its role. It ignores CORS, throttles,
and the tables' time to live and recovery, and has no CodeDeploy. Tests in cdk/test cover these.
"""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from denials import check_denials
from issuer import AUDIENCE, Issuer
from rest_api import prove_rest_api
from restore import rehearse_restore
from standin import ACCOUNT, REGION, StandIn

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api, Failed  # noqa: E402
from scenario import RESTORED_TABLE  # noqa: E402
from smoke import declared_routes, describe, smoke, smoke_without_token  # noqa: E402

PREFIX = "colonnade-proof-"
# One function, and a change to its source that changes its answer.
CHANGED = "health-get"
CHANGE = ("Reply::ok(&Health::OK)", 'Reply::ok(&["changed"])')


def main() -> None:
    root, workspace, folder = map(Path, sys.argv[1:])
    copy(root, workspace)
    with StandIn(folder) as stand_in, Issuer() as issuer:
        cdk = Cdk(workspace, stand_in, issuer)
        # The stand-in has no OIDC providers.
        cdk("deploy", app="node bin/start.cjs deployment-role", repository="octocat/hello-world", oidcProvider="existing")
        policy = output(stand_in, f"{PREFIX}deployment-role", "ExecutionPolicyArn")
        cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--cloudformation-execution-policies", policy)
        cdk("synth", "--quiet")
        # A pipeline deploys the assembly. The app is not run again.
        cdk("deploy", "--all", "--concurrency", "8", app="cdk.out")
        stacks = deployed_stacks(stand_in)
        say(f"{len(stacks)} stacks deployed: {', '.join(stacks)}")

        described = describe(workspace)
        run_smoke(stand_in, issuer, described["functions"])
        permitted, denied = check_denials(stand_in, by_physical_name(described["functions"]), described["tables"], physical_tables(stand_in))
        say(f"{permitted + denied} permissions tried: {permitted} calls permitted as declared, {denied} denied")

        before = live_functions(stand_in)
        cdk("deploy", "--all")
        expect_changed(before, live_functions(stand_in), [])
        say("deployed again without a change: 0 functions changed")

        change(source(workspace), *CHANGE)
        cdk("deploy", CHANGED, "--exclusively")
        expect_changed(before, live_functions(stand_in), [PREFIX + CHANGED])
        answer = api(stand_in, issuer).call("GET /health", 200)
        if answer.json != ["changed"]:
            sys.exit(f"{CHANGED} was deployed again, but still answers {answer.text}")
        say(f"{CHANGED} changed and deployed alone: 1 function changed, {PREFIX}{CHANGED}")

        find_orphan(stand_in, cdk)
        prune(stand_in, cdk)

        table = physical_tables(stand_in)[RESTORED_TABLE]
        restored = rehearse_restore(stand_in, lambda: api(stand_in, issuer), workspace, table, lambda: cdk("deploy", "--all"))
        say(f"{table} restored beside itself: the functions use {restored}")

        destroy(stand_in, cdk)
        say(prove_rest_api(stand_in, partial(cdk, "deploy"), partial(change_back, workspace), partial(live_functions, stand_in), partial(call_public_routes, described["functions"])))
        destroy(stand_in, cdk, api="rest")


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
        tools = Path(sys.executable).parent
        self.environment = {**stand_in.cdk_environment(home), "PATH": f"{tools}:{os.environ['PATH']}"}
        architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
        context = {"env": "proof", "code": "built", "profile": "proof", "architecture": architecture, "issuer": issuer.url, "audience": AUDIENCE}
        self.context = [word for key, value in context.items() for word in ("-c", f"{key}={value}")]

    def __call__(self, command: str, *words: str, app: str = "", **settings: str) -> None:
        """Runs a command of CDK, for another app or an assembly if one is given, and with more settings."""
        started = time.monotonic()
        yes = ["--require-approval", "never"] if command == "deploy" else []
        other = ["--app", app] if app else []
        more = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        line = ["npx", "cdk", "--no-notices", *other, command, *words, *yes, *self.context, *more]
        done = self.run(line, cwd=self.folder)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\n{' '.join(line)} failed.")
        say(f"cdk {' '.join([*other, command, *words])}: {time.monotonic() - started:.0f} s")

    def script(self, *line: str) -> tuple[int, str]:
        """Runs a script of the workspace with the AWS CLI. Returns its exit code and its output."""
        done = self.run(line, cwd=self.folder.parent)
        return done.returncode, done.stdout

    def run(self, line: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(line, cwd=cwd, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def api(stand_in: StandIn, issuer: Issuer) -> Api:
    [found] = stand_in.client("apigatewayv2").get_apis()["Items"]
    # By path, not by host name: glibc does not resolve names below .localhost, and the stand-in would answer /health.
    return Api(f"{stand_in.url}/_aws/execute-api/{found['ApiId']}/$default", issuer.token, base_path="")


def run_smoke(stand_in: StandIn, issuer: Issuer, functions: list[dict]) -> None:
    routes = declared_routes(functions)
    client = api(stand_in, issuer)
    try:
        smoke_without_token(client, functions)
        smoke(client, routes)
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    say(f"{client.requests} requests sent, {len(client.called & set(routes))} of {len(routes)} routes called")


def call_public_routes(functions: list[dict], url: str) -> int:
    client = Api(url, lambda *_: "")
    try:
        smoke_without_token(client, [function for function in functions if function["trigger"].get("access") == {"kind": "public"}])
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    return client.requests


def change_back(workspace: Path) -> str:
    change(source(workspace), *reversed(CHANGE))
    return CHANGED


def destroy(stand_in: StandIn, cdk: Cdk, **settings: str) -> None:
    cdk("destroy", "--all", "--force", **settings)
    if left := deployed_stacks(stand_in) + list(live_functions(stand_in)):
        sys.exit(f"Not destroyed: {', '.join(left)}")
    say("everything destroyed")


def by_physical_name(functions: list[dict]) -> dict[str, dict]:
    return {PREFIX + function["name"]: function for function in functions}


def find_orphan(stand_in: StandIn, cdk: Cdk) -> None:
    """Deploys a stack that the app does not contain. The script must find it, and nothing after its removal."""
    orphan = PREFIX + "users-old"
    template = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}
    tags = [{"Key": "project", "Value": "colonnade"}, {"Key": "environment", "Value": "proof"}]
    cloudformation = stand_in.client("cloudformation")
    cloudformation.create_stack(StackName=orphan, TemplateBody=json.dumps(template), Tags=tags)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=orphan)
    code, found = cdk.script("scripts/orphaned-stacks.py", "proof")
    if code != 1 or f"{orphan} is deployed" not in found:
        sys.exit(f"orphaned-stacks.py does not find {orphan}:\n{found}")
    cloudformation.delete_stack(StackName=orphan)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=orphan)
    code, found = cdk.script("scripts/orphaned-stacks.py", "proof")
    if code != 0:
        sys.exit(f"orphaned-stacks.py fails after the removal of {orphan}:\n{found}")
    say(f"{orphan} found as orphaned, and removed")


def prune(stand_in: StandIn, cdk: Cdk) -> None:
    """Keeps one version of each function. Only the changed function has an older one."""
    code, printed = cdk.script("scripts/prune-versions.py", "proof", "--keep", "1", "--delete")
    if code != 0 or f"Deleting version 1 of {PREFIX}{CHANGED}" not in printed:
        sys.exit(f"prune-versions.py does not delete the old version:\n{printed}")
    versions = stand_in.client("lambda").list_versions_by_function(FunctionName=PREFIX + CHANGED)["Versions"]
    if [version["Version"] for version in versions] != ["$LATEST", "2"]:
        sys.exit(f"prune-versions.py left {[version['Version'] for version in versions]}.")
    say(f"old versions deleted: {printed.splitlines()[-1]}")


def output(stand_in: StandIn, stack: str, key: str) -> str:
    [described] = stand_in.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return next(entry["OutputValue"] for entry in described["Outputs"] if entry["OutputKey"] == key)


def physical_tables(stand_in: StandIn) -> dict[str, str]:
    path = "/colonnade/proof/table/"
    parameters = stand_in.client("ssm").get_parameters_by_path(Path=path)["Parameters"]
    return {parameter["Name"].removeprefix(path): parameter["Value"] for parameter in parameters}


def deployed_stacks(stand_in: StandIn) -> list[str]:
    stacks = stand_in.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])["StackSummaries"]
    names = [stack["StackName"] for stack in stacks if stack["StackName"].startswith(PREFIX)]
    # The deployment role belongs to the account, and outlives the environment.
    return sorted(name for name in names if name != f"{PREFIX}deployment-role")


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
