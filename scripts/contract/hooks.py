"""What Schemathesis cannot know from openapi.json: tokens, and what a request means to the API besides its form."""

import hashlib
import json
import os

import schemathesis
from schemathesis import GenerationMode

# The cursors of the pages so far.
CURSORS: set[str] = set()


@schemathesis.auth()
class Tokens:
    """A token of a user, and for operations with scopes one of the same user with all scopes."""

    def get(self, case, context):
        security = case.operation.definition.raw.get("security", [])
        has_scopes = any(names for scheme in security for names in scheme.values())
        return os.environ["SCOPES_TOKEN" if has_scopes else "USER_TOKEN"]

    def set(self, case, token, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def map_body(context, body):
    """Writes 369.0 as 369: an integer to JSON Schema, but the API reads it as a fraction."""
    if isinstance(body, dict):
        return {name: map_body(context, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(context, value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives each request an idempotency key of its own, and only cursors that the API gave."""
    key = (case.headers or {}).get("Idempotency-Key")
    # The key of another request is refused, as it should be.
    if isinstance(key, str) and 0 < len(key) < 200:
        request = json.dumps([case.method, case.formatted_path, case.body], default=str)
        case.headers["Idempotency-Key"] = key + hashlib.sha256(request.encode()).hexdigest()[:32]
    # A cursor that was made up has the right form, and is refused.
    is_valid = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and case.query and case.query.get("cursor", None) not in CURSORS:
        case.query.pop("cursor", None)


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the cursor of a page."""
    body = response.content.startswith(b'{"items":') and response.json()
    if body and body.get("next"):
        CURSORS.add(body["next"])
