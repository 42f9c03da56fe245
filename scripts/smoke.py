#!/usr/bin/env python3
"""Sends requests to the routes of a running API and checks the responses.

    scripts/smoke.py http://127.0.0.1:3000 --token-command 'cargo local token --sub {sub} --scope {scope}'
    scripts/smoke.py https://abc123.execute-api.eu-central-1.amazonaws.com --token-command './my-token {sub} {scope}'
    scripts/smoke.py https://abc123.execute-api.eu-central-1.amazonaws.com
    scripts/smoke.py http://127.0.0.1:3000/prod

The URL of a REST API ends with its stage.

The token command prints a token; {sub} and {scope} stand for its subject and its scopes. With it, every route is
called, and what was created is deleted. Without it, nothing is written: public routes with GET must answer, and routes
that need a token must refuse. So an issuer whose tokens scripts cannot get, such as a user pool, is enough. Needs
Python 3.9 and Rust, for the list of declared routes.
"""

from __future__ import annotations

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


# What an API answers for a route that it does not have: an HTTP API, and a REST API.
UNKNOWN_ROUTE = [(404, '{"message":"Not Found"}'), (403, '{"message":"Missing Authentication Token"}')]


def smoke(api: Api, routes: list[str]) -> None:
    """Calls every route. `routes` are those that the functions declare."""
    check("health answers ok", api.call("GET /health", 200).json["status"] == "ok")
    unknown(api, "GET /nowhere")
    scenario(api, uuid.uuid4().hex[:12])
    for route in sorted(set(routes) - api.called):
        served(api, route, sub="smoke-anybody")


def smoke_without_token(api: Api, functions: list[dict]) -> None:
    """Calls the public routes with GET, and checks that every other route exists and refuses a request without token."""
    unknown(api, "GET /nowhere")
    for trigger in http_triggers(functions):
        kind = trigger["access"]["kind"]
        if kind == "public" and trigger["method"] == "GET":
            served(api, trigger["routeKey"])
        elif kind != "public":
            api.call(trigger["routeKey"], 401 if kind == "token" else 403, **any_path(trigger["routeKey"]))


def unknown(api: Api, route: str) -> None:
    """Calls a route that the API does not have."""
    answer = api.call(route)
    check(f"{route} is unknown: {answer.status} {answer.text}", (answer.status, answer.text) in UNKNOWN_ROUTE)


def served(api: Api, route: str, **request) -> None:
    """Calls a route with any path. It must be deployed and answer by itself."""
    answer = api.call(route, **request, **any_path(route))
    check(f"{route} is served: {answer.status} {answer.text}", answer.status < 500 and (answer.status, answer.text) not in UNKNOWN_ROUTE)


def any_path(route: str) -> dict[str, str]:
    """Returns a value for each variable of a route's path."""
    return dict.fromkeys(re.findall(r"\{(\w+)\+?\}", route), str(uuid.uuid4()))


def declared_routes(functions: list[dict]) -> list[str]:
    """Returns the keys of the declared routes, except $default."""
    return [trigger["routeKey"] for trigger in http_triggers(functions)]


def http_triggers(functions: list[dict]) -> list[dict]:
    """Returns the triggers of the declared routes, except $default."""
    triggers = [function["trigger"] for function in functions]
    return [trigger for trigger in triggers if trigger["kind"] == "http" and trigger["method"]]


def describe(root: Path) -> dict:
    """Returns the resolved workspace; crates/manifest/README.md documents the format."""
    command = ["cargo", "run", "--quiet", "--locked", "--package", "manifest", "--", "describe"]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--token-command")
    arguments = parser.parse_args()

    def token(sub: str, scope: str) -> str:
        command = [word.format(sub=sub, scope=scope) for word in shlex.split(arguments.token_command)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    functions = describe(Path(__file__).parent.parent)["functions"]
    routes = declared_routes(functions)
    api = Api(arguments.url, token)
    try:
        if arguments.token_command:
            smoke(api, routes)
        else:
            smoke_without_token(api, functions)
    except Failed as failure:
        sys.exit(f"smoke: {failure}")
    except OSError as error:
        sys.exit(f"smoke: {arguments.url} cannot be reached: {error}")
    print(f"{api.requests} requests sent, {len(api.called & set(routes))} of {len(routes)} routes called")


if __name__ == "__main__":
    main()
