#!/usr/bin/env python3
"""Finds deployed stacks that the app no longer contains, for example after a function's folder was removed or renamed.

    scripts/orphaned-stacks.py staging

Such a stack keeps its route: clients can still call it. Prints how to remove each one, and fails if there is one. Finds
stacks by the tags project and environment, in the account and the Region of the AWS credentials. Needs the AWS CLI,
Node 20 and Rust.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable

from deployed import CDK, deployed_stacks, project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment", help="an environment of cdk/cdk.json")
    environment = parser.parse_args().environment
    deployed = deployed_stacks(environment)
    if not deployed:
        sys.exit(f"No stack has the tags project={project()} and environment={environment}. Check the account and the Region of the credentials.")
    orphans = orphaned(deployed, declared_stacks(environment))
    if orphans:
        sys.exit("\n\n".join(report(name, environment) for name in orphans))
    print(f"{len(deployed)} stacks of {environment} are deployed. The app contains all of them.")


def declared_stacks(environment: str) -> list[str]:
    """Returns the names in AWS of the stacks that the app contains."""
    command = ["npx", "cdk", "list", "--long", "--json", "--no-notices", "-c", f"env={environment}"]
    listed = subprocess.run(command, cwd=CDK, stdout=subprocess.PIPE, text=True)
    if listed.returncode != 0:
        sys.exit("cdk list failed.")
    return [stack["name"] for stack in json.loads(listed.stdout)]


def orphaned(deployed: Iterable[str], declared: Iterable[str]) -> list[str]:
    return sorted(set(deployed) - set(declared))


def report(name: str, environment: str) -> str:
    return f"""{name} is deployed, but the app does not contain it. To remove it, run in cdk/:
  npx cdk deploy stage operations --exclusively -c env={environment}
  aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {name}
  aws cloudformation delete-stack --stack-name {name}"""


if __name__ == "__main__":
    main()
