#!/usr/bin/env python3
"""Sends requests to every route of a running API and checks the responses.

    scripts/smoke.py http://127.0.0.1:3000 --token-command 'cargo local token --sub {sub} --scope {scope}'
    scripts/smoke.py https://abc123.execute-api.eu-central-1.amazonaws.com --token-command './my-token {sub} {scope}'

The token command prints a token; {sub} and {scope} stand for its subject and its scopes. Deletes what it creates. Needs
Python 3.11 and Rust, for the list of declared routes.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path

from api import Api, Failed, check
from scenario import scenario


def smoke(api: Api, routes: list[str]) -> None:
    """Calls every route. `routes` are those that the functions declare."""
    check("health answers ok", api.call("GET /health", 200).json["status"] == "ok")
    api.call("GET /nowhere", 404)
    scenario(api, uuid.uuid4().hex[:12])
    for route in sorted(set(routes) - api.called):
        call_somehow(api, route)


def call_somehow(api: Api, route: str) -> None:
    """Calls a route that is not in the scenario: it must be deployed, and its function must answer."""
    names = re.findall(r"\{(\w+)\+?\}", route)
    answer = api.call(route, sub="smoke-anybody", **dict.fromkeys(names, str(uuid.uuid4())))
    check(f"{route} is served: {answer.status} {answer.text}", answer.status < 500 and answer.text != '{"message":"Not Found"}')


def declared_routes(root: Path) -> list[str]:
    """Returns the keys of the declared routes, except $default."""
    triggers = [function["trigger"] for function in describe(root)["functions"]]
    return [trigger["routeKey"] for trigger in triggers if trigger["kind"] == "http" and trigger["method"]]


def describe(root: Path) -> dict:
    """Returns the resolved workspace; crates/manifest/README.md documents the format."""
    command = ["cargo", "run", "--quiet", "--locked", "--package", "manifest", "--", "describe"]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--token-command", required=True)
    arguments = parser.parse_args()

    def token(sub: str, scope: str) -> str:
        command = [word.format(sub=sub, scope=scope) for word in shlex.split(arguments.token_command)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    routes = declared_routes(Path(__file__).parent.parent)
    api = Api(arguments.url, token)
    try:
        smoke(api, routes)
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    except OSError as error:
        sys.exit(f"smoke: {arguments.url} cannot be reached: {error}")
    print(f"{api.requests} requests sent, {len(api.called & set(routes))} of {len(routes)} routes called")


if __name__ == "__main__":
    main()
