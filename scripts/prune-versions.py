#!/usr/bin/env python3
"""Deletes old versions of an environment's functions, and roles that no remaining version uses.

    scripts/prune-versions.py staging                       lists what it would delete
    scripts/prune-versions.py staging --keep 3 --delete

Keeps the newest versions of each function, and every version that an alias refers to, so that rollbacks stay possible.
Finds roles by their path, /<project>/<environment>/. Fails during a deployment. Needs the AWS CLI, with the
account and the Region of its credentials.
"""

from __future__ import annotations

import argparse

from deployed import aws, deployed_stacks, project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment", help="an environment of cdk/cdk.json")
    parser.add_argument("--keep", type=positive, default=5, help="how many versions of each function to keep (default: 5)")
    parser.add_argument("--delete", action="store_true", help="delete, and not only list")
    arguments = parser.parse_args()

    # A function has the name of its stack.
    stacks = deployed_stacks(arguments.environment)
    functions = [function["FunctionName"] for function in aws("lambda", "list-functions")["Functions"] if function["FunctionName"] in stacks]
    doing = "Deleting" if arguments.delete else "Would delete"
    used, deleted = set(), 0
    for function in functions:
        versions = aws("lambda", "list-versions-by-function", "--function-name", function)["Versions"]
        aliases = aws("lambda", "list-aliases", "--function-name", function)["Aliases"]
        old = old_versions(versions, aliases, arguments.keep)
        used |= {version["Role"] for version in versions if version["Version"] not in old}
        for version in old:
            print(f"{doing} version {version} of {function}")
            if arguments.delete:
                aws("lambda", "delete-function", "--function-name", function, "--qualifier", version)
        deleted += len(old)
    unused = [role for role in function_roles(arguments.environment) if role["Arn"] not in used]
    for role in unused:
        print(f"{doing} the role {role['RoleName']}")
        if arguments.delete:
            delete_role(role["RoleName"])
    print(f"{deleted} versions and {len(unused)} roles. {'' if arguments.delete else 'Nothing was deleted. Run with --delete.'}".rstrip())


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def old_versions(versions: list[dict], aliases: list[dict], keep: int) -> list[str]:
    """Returns the versions to delete, without `$LATEST`, the newest `keep` and those that an alias refers to."""
    referenced = {alias["FunctionVersion"] for alias in aliases}
    for alias in aliases:
        referenced |= set((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})
    numbers = sorted((int(version["Version"]) for version in versions if version["Version"] != "$LATEST"), reverse=True)
    return [str(number) for number in sorted(numbers[keep:]) if str(number) not in referenced]


def function_roles(environment: str) -> list[dict]:
    """Returns the roles of the environment's functions, including those of removed functions."""
    return aws("iam", "list-roles", "--path-prefix", f"/{project()}/{environment}/")["Roles"]


def delete_role(name: str) -> None:
    for policy in aws("iam", "list-role-policies", "--role-name", name)["PolicyNames"]:
        aws("iam", "delete-role-policy", "--role-name", name, "--policy-name", policy)
    for policy in aws("iam", "list-attached-role-policies", "--role-name", name)["AttachedPolicies"]:
        aws("iam", "detach-role-policy", "--role-name", name, "--policy-arn", policy["PolicyArn"])
    aws("iam", "delete-role", "--role-name", name)


if __name__ == "__main__":
    main()
