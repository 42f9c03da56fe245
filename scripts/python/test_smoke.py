"""Tests smoke.py without token on a small API: python3 -m unittest discover --start-directory scripts/python"""

import threading
import unittest
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scripts import load

smoke = load("smoke")


def function(route: str, kind: str) -> dict:
    return {"trigger": {"kind": "http", "routeKey": route, "method": route.split(" ")[0], "access": {"kind": kind}}}


DECLARED = [function("GET /health", "public"), function("POST /visits", "public"), function("GET /users/{userId}", "token"), function("DELETE /cache", "iam")]
DEPLOYED = {"GET /health": 200, "GET /users": 401, "DELETE /cache": 403}


@contextmanager
def running(statuses: dict[str, int], unknown: tuple = (404, b'{"message":"Not Found"}')):
    """Runs an API that answers by the method and the first word of the path. Yields a client without tokens."""
    refusals = {404: unknown}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            status = statuses.get(f"{self.command} /{self.path.split('/')[1]}", 404)
            status, body = refusals.get(status, (status, b"{}"))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        api = smoke.Api(f"http://127.0.0.1:{server.server_port}", token=None)
        try:
            yield api
        finally:
            api.connection.close()
            server.shutdown()


class WithoutToken(unittest.TestCase):
    def test_an_api_that_answers_as_declared_passes_and_nothing_is_written(self):
        with running(DEPLOYED) as api:
            smoke.smoke_without_token(api, DECLARED)

            self.assertNotIn("POST /visits", api.called)

    def test_a_rest_api_has_another_answer_for_unknown_routes(self):
        rest = (403, b'{"message":"Missing Authentication Token"}')
        with running(DEPLOYED, rest) as api:
            smoke.smoke_without_token(api, DECLARED)
        with running({**DEPLOYED, "GET /health": 404}, rest) as api, self.assertRaisesRegex(smoke.Failed, "GET /health is served: 403"):
            smoke.smoke_without_token(api, DECLARED)

    def test_a_route_that_needs_no_token_although_declared_fails(self):
        with running({**DEPLOYED, "GET /users": 200}) as api, self.assertRaisesRegex(smoke.Failed, "GET /users/.*: 200, expected 401"):
            smoke.smoke_without_token(api, DECLARED)

    def test_a_missing_route_fails(self):
        with running({**DEPLOYED, "GET /health": 404}) as api, self.assertRaisesRegex(smoke.Failed, "GET /health is served: 404"):
            smoke.smoke_without_token(api, DECLARED)


if __name__ == "__main__":
    unittest.main()
