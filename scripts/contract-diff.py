#!/usr/bin/env python3
"""Prints how openapi.json differs from that of another commit, and which changes break clients.

    scripts/contract-diff.sh REV
Needs Python 3.9. Exits with 1 if a change breaks clients. The rules are functions of this file.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Iterator, NamedTuple

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

# No body is nested deeper, and a schema may contain itself.
MAX_DEPTH = 20

# By keyword of JSON Schema: the values that a bound permits grow with it, or shrink.
UPPER_BOUNDS = ("maximum", "maxLength", "maxItems")
LOWER_BOUNDS = ("minimum", "minLength", "minItems")


class Change(NamedTuple):
    breaks: bool
    rule: str
    place: str
    detail: str = ""

    def __str__(self) -> str:
        label = "breaking" if self.breaks else "not breaking"
        return f"{label:12}  {self.rule:32}  {self.place}" + (f": {self.detail}" if self.detail else "")


class Document:
    """A document whose references can be followed."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def resolve(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            found: Any = self.value
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value

    def operations(self) -> dict[str, dict[str, Any]]:
        return {
            f"{method.upper()} {path}": operation
            for path, item in self.value.get("paths", {}).items()
            for method, operation in item.items()
            if method in METHODS
        }


class Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new

    def changes(self) -> list[Change]:
        found = list(self.of_operations())
        # A type that is used at several places is reported at each of them, but not twice at one.
        return sorted(set(found), key=lambda change: (not change.breaks, change.place, change.rule, change.detail))

    def of_operations(self) -> Iterator[Change]:
        old, new = self.old.operations(), self.new.operations()
        for name in old.keys() | new.keys():
            if name not in new:
                yield Change(True, "operation-removed", name)
            elif name not in old:
                yield Change(False, "operation-added", name)
            else:
                yield from self.of_operation(name, old[name], new[name])

    def of_operation(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        yield from self.of_security(name, old.get("security", []), new.get("security", []))
        yield from self.of_parameters(name, old, new)
        yield from self.of_request_body(name, old.get("requestBody"), new.get("requestBody"))
        yield from self.of_responses(name, old["responses"], new["responses"])

    @staticmethod
    def of_security(name: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
        # Each entry is one way to be permitted; without entries, everybody is.
        before, after = ({json.dumps(way, sort_keys=True) for way in ways} for ways in (old, new))
        if before == after:
            return
        removed = bool(before - after) if before else bool(after)
        yield Change(removed and bool(after), "security-changed", name)

    def of_parameters(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        before, after = (
            {(parameter["in"], parameter["name"]): parameter for parameter in operation.get("parameters", [])}
            for operation in (old, new)
        )
        for key in before.keys() | after.keys():
            place = f"{name} {key[0]} parameter {key[1]}"
            if key not in after:
                yield Change(True, "parameter-removed", place)
            elif key not in before:
                required = bool(after[key].get("required"))
                yield Change(required, "required-parameter-added" if required else "parameter-added", place)
            else:
                if after[key].get("required") and not before[key].get("required"):
                    yield Change(True, "parameter-became-required", place)
                yield from self.of_schema(place, before[key]["schema"], after[key]["schema"], True)

    def of_request_body(self, name: str, old: Any, new: Any) -> Iterator[Change]:
        place = f"{name} request"
        if old is None or new is None:
            if old is not None:
                yield Change(True, "request-body-removed", place)
            elif new is not None:
                yield Change(True, "request-body-added", place)
            return
        for media in old["content"].keys() | new["content"].keys():
            if media not in new["content"]:
                yield Change(True, "request-media-type-removed", place, media)
            elif media not in old["content"]:
                yield Change(False, "request-media-type-added", place, media)
            else:
                yield from self.of_schema(place, old["content"][media]["schema"], new["content"][media]["schema"], True)

    def of_responses(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        for status in old.keys() | new.keys():
            place = f"{name} {status}"
            is_success = status.startswith("2")
            if status not in new:
                yield Change(is_success, "response-status-removed", place)
            elif status not in old:
                # Clients handle a new error by its class, but not a success that they do not know.
                yield Change(is_success, "response-status-added", place)
            else:
                yield from self.of_response(place, self.old.resolve(old[status]), self.new.resolve(new[status]))

    def of_response(self, place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        before, after = old.get("headers", {}), new.get("headers", {})
        for header in before.keys() | after.keys():
            if header not in after:
                yield Change(True, "response-header-removed", place, header)
            elif header not in before:
                yield Change(False, "response-header-added", place, header)
        contents, others = old.get("content", {}), new.get("content", {})
        for media in contents.keys() | others.keys():
            if media not in others:
                yield Change(True, "response-media-type-removed", place, media)
            elif media not in contents:
                yield Change(not contents, "response-media-type-added", place, media)
            else:
                yield from self.of_schema(place, contents[media]["schema"], others[media]["schema"], False)

    def of_schema(self, place: str, old: Any, new: Any, in_request: bool, depth: int = 0) -> Iterator[Change]:
        """Compares two schemas. In a request, fewer permitted values break clients; in a response, more."""
        old, new = self.old.resolve(old), self.new.resolve(new)
        if depth > MAX_DEPTH:
            return
        before, after = types(old), types(new)
        if before != after:
            yield Change(True, "type-changed", place, f"{before or 'any'} to {after or 'any'}")
            return
        yield from bounds(place, old, new, in_request)
        yield from values(place, old, new, in_request)
        yield from self.of_properties(place, old, new, in_request, depth)
        if "items" in old and "items" in new:
            yield from self.of_schema(f"{place}[]", old["items"], new["items"], in_request, depth + 1)
        yield from self.of_alternatives(place, old, new, in_request, depth)

    def of_properties(self, place: str, old: Any, new: Any, in_request: bool, depth: int) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", [])), set(new.get("required", []))
        kind = "request" if in_request else "response"
        for field in before.keys() | after.keys():
            at = f"{place}.{field}"
            if field not in after:
                # A request with the field is refused where unknown fields are.
                breaks = not in_request or new.get("additionalProperties") is False
                yield Change(breaks, f"{kind}-field-removed", at)
            elif field not in before:
                breaks = in_request and field in needs
                yield Change(breaks, f"{kind}-required-field-added" if breaks else f"{kind}-field-added", at)
            else:
                if in_request and field in needs - needed:
                    yield Change(True, "request-field-became-required", at)
                elif not in_request and field in needed - needs:
                    yield Change(True, "response-field-became-optional", at)
                elif (field in needs) != (field in needed):
                    yield Change(False, f"{kind}-field-requirement-changed", at)
                yield from self.of_schema(at, before[field], after[field], in_request, depth + 1)

    def of_alternatives(self, place: str, old: Any, new: Any, in_request: bool, depth: int) -> Iterator[Change]:
        """Compares the alternatives of oneOf and anyOf, which are told apart by their `type` or position."""
        before, after = (
            {self.name_of(document, option, at): option for at, option in enumerate(options(schema))}
            for document, schema in ((self.old, old), (self.new, new))
        )
        kind = "request" if in_request else "response"
        for name in before.keys() | after.keys():
            if name not in after:
                yield Change(in_request, f"{kind}-alternative-removed", place, name)
            elif name not in before:
                # A new problem has a status that clients handle; see response-status-added.
                breaks = not in_request and not name.startswith("/problems/")
                yield Change(breaks, f"{kind}-alternative-added", place, name)
            else:
                yield from self.of_schema(place, before[name], after[name], in_request, depth + 1)

    @staticmethod
    def name_of(document: Document, option: Any, at: int) -> str:
        schema = document.resolve(option)
        kind = schema.get("properties", {}).get("type", {}).get("const")
        return kind or str(schema.get("const", schema.get("type", at)))


def types(schema: Any) -> str:
    kind = schema.get("type")
    return " or ".join(sorted(kind)) if isinstance(kind, list) else kind or ""


def options(schema: Any) -> list[Any]:
    return schema.get("oneOf") or schema.get("anyOf") or []


def bounds(place: str, old: Any, new: Any, in_request: bool) -> Iterator[Change]:
    for keyword in UPPER_BOUNDS + LOWER_BOUNDS:
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        if before is None or after is None:
            narrower = before is None
        else:
            narrower = after < before if keyword in UPPER_BOUNDS else after > before
        rule = f"{'request' if in_request else 'response'}-bound-{'narrowed' if narrower else 'widened'}"
        yield Change(narrower == in_request, rule, place, f"{keyword} {before} to {after}")
    for keyword in ("pattern", "format", "not"):
        if old.get(keyword) != new.get(keyword):
            detail = f"{keyword} {old.get(keyword)} to {new.get(keyword)}"
            yield Change(True, f"{'request' if in_request else 'response'}-bound-changed", place, detail)


def values(place: str, old: Any, new: Any, in_request: bool) -> Iterator[Change]:
    before, after = (
        {json.dumps(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])}
        for schema in (old, new)
    )
    if before == after:
        return
    kind = "request" if in_request else "response"
    if not before or not after:
        narrower = not before
        yield Change(narrower == in_request, f"{kind}-values-{'limited' if narrower else 'unlimited'}", place)
        return
    if removed := before - after:
        yield Change(in_request, f"{kind}-values-removed", place, ", ".join(sorted(removed)))
    if added := after - before:
        yield Change(not in_request, f"{kind}-values-added", place, ", ".join(sorted(added)))


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    old, new = (Document(json.load(open(path, encoding="utf-8"))) for path in sys.argv[1:])
    changes = Comparison(old, new).changes()
    for change in changes:
        print(change)
    breaking = sum(change.breaks for change in changes)
    print(f"{len(changes)} changes, {breaking} of them breaking")
    sys.exit(1 if breaking else 0)


if __name__ == "__main__":
    main()
