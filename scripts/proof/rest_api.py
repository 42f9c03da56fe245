"""Deploys the workspace with a REST API, calls what needs no token, and deploys one changed function alone.

The stand-in does not know authorizers of type JWT, so no token is sent. It ignores permissions of the API, access logs and
throttles of the stage. Tests in cdk/test cover these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from standin import StandIn

STAGE = "prod"


def prove_rest_api(stand_in: StandIn, deploy: Callable[..., None], change: Callable[[], str], live: Callable[[], dict], public: Callable[[str], int]) -> str:
    """`change` changes the source of one function and returns its name, `live` returns the live versions, and `public` sends
    requests to a URL and returns their number. Returns what was shown."""
    deploy("--all", "--concurrency", "8", api="rest")
    api = find_api(stand_in)
    requests = public(f"{stand_in.url}/_aws/execute-api/{api}/{STAGE}")

    before, deployment = live(), deployment_of(stand_in, api)
    changed = change()
    deploy(changed, "--exclusively", api="rest")
    different = sorted(name for name, version in live().items() if version != before.get(name))
    if len(different) != 1 or not different[0].endswith(changed):
        sys.exit(f"Changed: {', '.join(different) or 'nothing'}. Expected: {changed}.")
    if deployment_of(stand_in, api) != deployment:
        sys.exit(f"The REST API has a new deployment, although only the code of {changed} changed.")
    deploy("--all", api="rest")
    if deployment_of(stand_in, api) != deployment:
        sys.exit("The REST API has a new deployment, although nothing changed.")
    return f"REST API: {requests} requests without a token sent, {changed} changed and deployed alone, no new deployment of the API"


def find_api(stand_in: StandIn) -> str:
    [found] = stand_in.client("apigateway").get_rest_apis()["items"]
    return found["id"]


def deployment_of(stand_in: StandIn, api: str) -> str:
    return stand_in.client("apigateway").get_stage(restApiId=api, stageName=STAGE)["deploymentId"]
