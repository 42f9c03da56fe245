"""Reads what is deployed in an environment with the AWS CLI. The scripts beside this file use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CDK = Path(__file__).parent.parent / "cdk"


def aws(*words: str) -> dict:
    """Runs the AWS CLI, which reads all pages of a list, and returns its output."""
    environment = dict(os.environ)
    # Version 1 of the CLI only reads the second variable.
    if region := environment.get("AWS_REGION"):
        environment.setdefault("AWS_DEFAULT_REGION", region)
    try:
        done = subprocess.run(["aws", *words, "--output", "json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        sys.exit("The AWS CLI is missing. Install it as https://docs.aws.amazon.com/cli says.")
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\naws {' '.join(words)} failed.")
    return json.loads(done.stdout or "{}")


def project() -> str:
    return json.loads((CDK / "cdk.json").read_text())["context"]["project"]


def tags(entries: list[dict]) -> dict[str, str]:
    """Returns tags by key. AWS lists them as `{"Key": …, "Value": …}`."""
    return {entry["Key"]: entry["Value"] for entry in entries}


def stacks_of(environment: str, described: list[dict]) -> dict[str, str]:
    """Returns the status of each stack whose tags name the project and the environment, by its name."""
    expected = {"project": project(), "environment": environment}
    return {stack["StackName"]: stack["StackStatus"] for stack in described if expected.items() <= tags(stack.get("Tags", [])).items()}


def deployed_stacks(environment: str) -> dict[str, str]:
    """Returns the status of each deployed stack of an environment. Exits if a deployment is running."""
    stacks = stacks_of(environment, aws("cloudformation", "describe-stacks")["Stacks"])
    if running := [name for name, status in stacks.items() if status.endswith("_IN_PROGRESS")]:
        sys.exit(f"A deployment is running: {', '.join(running)}. Try again when it has ended.")
    return stacks
