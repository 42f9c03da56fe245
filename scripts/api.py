"""A client of a running API, for scripts that send requests and check the responses."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

Tokens = Callable[[str, str], str]


class Failed(Exception):
    """An unexpected answer."""


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Api:
    """A client that counts its requests and keeps the route keys that it has called. `base_path` is what the API puts before
    its paths, if that is not the path of the URL."""

    def __init__(self, url: str, token: Tokens, base_path: str | None = None):
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.netloc, timeout=30)
        self.prefix = parts.path.rstrip("/")
        self.base_path = self.prefix if base_path is None else base_path
        self.token = token
        self.requests = 0
        self.called: set[str] = set()

    def call(self, route: str, expected: int | None = None, *, sub: str = "", scope: str = "", body=None, query=None, headers=None, **path: str) -> Answer:
        """Calls a route such as `GET /users/{userId}`, as `sub` if one is given, and checks the status."""
        method, template = route.split(" ", 1)
        target = self.prefix + re.sub(r"\{(\w+)\+?\}", lambda name: quote(path[name[1]], safe=""), template)
        if query:
            target += "?" + urlencode(query)
        sent = dict(headers or {})
        if sub:
            sent["authorization"] = "Bearer " + self.token(sub, scope)
        if body is not None:
            sent.setdefault("content-type", "application/json")
        self.connection.request(method, target, None if body is None else json.dumps(body), sent)
        response = self.connection.getresponse()
        text = response.read().decode()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        self.requests += 1
        self.called.add(route)
        if expected is not None and answer.status != expected:
            raise Failed(f"{method} {target}: {answer.status}, expected {expected}: {answer.text}")
        return answer


def check(claim: str, truth: bool) -> None:
    if not truth:
        raise Failed(claim)
