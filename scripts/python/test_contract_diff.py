"""Tests contract-diff.py on small documents: python3 -m unittest discover --start-directory scripts/python"""

import json
import unittest

from scripts import load

contract_diff = load("contract-diff")

NOTE = {
    "type": "object",
    "properties": {
        "title": {"$ref": "#/components/schemas/Title"},
        "color": {"type": "string", "enum": ["red", "blue"]},
    },
    "required": ["title"],
}
DOCUMENT = {
    "paths": {
        "/notes": {
            "get": {
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}],
                "responses": {"200": {"headers": {"Link": {}}, "content": {"application/json": {"schema": {"type": "array", "items": NOTE}}}}},
            },
            "post": {
                "security": [{"token": []}],
                "requestBody": {"content": {"application/json": {"schema": {**NOTE, "additionalProperties": False}}}},
                "responses": {
                    "201": {"content": {"application/json": {"schema": NOTE}}},
                    "409": {"$ref": "#/components/responses/Taken"},
                },
            },
        }
    },
    "components": {
        "schemas": {"Title": {"type": "string", "minLength": 1, "maxLength": 60}},
        "responses": {"Taken": {"content": {"application/problem+json": {"schema": {"oneOf": [
            {"type": "object", "properties": {"type": {"const": "/problems/title-taken"}}}
        ]}}}}},
    },
}


def changes(edit) -> set[tuple[bool, str, str]]:
    """Returns the changes that an edit of the document makes."""
    # A copy in which no two parts are one object.
    new = json.loads(json.dumps(DOCUMENT))
    edit(new)
    comparison = contract_diff.Comparison(contract_diff.Document(DOCUMENT), contract_diff.Document(new))
    return {(change.breaks, change.rule, change.place) for change in comparison.changes()}


def schema(document, method: str, status: str = ""):
    operation = document["paths"]["/notes"][method]
    owner = operation["responses"][status] if status else operation["requestBody"]
    return owner["content"]["application/json"]["schema"]


class ContractDiff(unittest.TestCase):
    def test_an_equal_document_has_no_changes(self):
        self.assertEqual(changes(lambda document: None), set())

    def test_a_removed_operation_breaks(self):
        found = changes(lambda document: document["paths"]["/notes"].pop("get"))
        self.assertEqual(found, {(True, "operation-removed", "GET /notes")})

    def test_an_added_operation_does_not_break(self):
        found = changes(lambda document: document["paths"].update({"/tags": {"get": {"responses": {}}}}))
        self.assertEqual(found, {(False, "operation-added", "GET /tags")})

    def test_a_removed_field_of_a_response_breaks(self):
        found = changes(lambda document: schema(document, "post", "201")["properties"].pop("color"))
        self.assertEqual(found, {(True, "response-field-removed", "POST /notes 201.color")})

    def test_an_added_field_of_a_response_does_not_break(self):
        found = changes(lambda document: schema(document, "post", "201")["properties"].update(size={"type": "integer"}))
        self.assertEqual(found, {(False, "response-field-added", "POST /notes 201.size")})

    def test_a_field_that_a_response_may_lack_breaks(self):
        found = changes(lambda document: schema(document, "post", "201").update(required=[]))
        self.assertEqual(found, {(True, "response-field-became-optional", "POST /notes 201.title")})

    def test_a_field_that_a_request_must_have_breaks(self):
        required = changes(lambda document: schema(document, "post").update(required=["title", "color"]))
        self.assertEqual(required, {(True, "request-field-became-required", "POST /notes request.color")})

        def add(document):
            schema(document, "post")["properties"]["size"] = {"type": "integer"}
            schema(document, "post")["required"] = ["title", "size"]

        self.assertEqual(changes(add), {(True, "request-required-field-added", "POST /notes request.size")})

    def test_a_field_that_a_request_may_have_does_not_break(self):
        found = changes(lambda document: schema(document, "post")["properties"].update(size={"type": "integer"}))
        self.assertEqual(found, {(False, "request-field-added", "POST /notes request.size")})

    def test_a_bound_breaks_where_it_excludes_what_was_sent_or_includes_what_was_not_received(self):
        def narrowed(document):
            document["components"]["schemas"]["Title"]["maxLength"] = 50

        def widened(document):
            document["components"]["schemas"]["Title"]["maxLength"] = 70

        request, reply = "POST /notes request.title", "POST /notes 201.title"
        found = changes(narrowed)
        self.assertIn((True, "request-bound-narrowed", request), found)
        self.assertIn((False, "response-bound-narrowed", reply), found)
        found = changes(widened)
        self.assertIn((False, "request-bound-widened", request), found)
        self.assertIn((True, "response-bound-widened", reply), found)

    def test_values_break_as_bounds_do(self):
        def removed(document):
            schema(document, "post")["properties"]["color"]["enum"] = ["red"]

        def added(document):
            schema(document, "post", "201")["properties"]["color"]["enum"] = ["red", "blue", "green"]

        self.assertEqual(changes(removed), {(True, "request-values-removed", "POST /notes request.color")})
        self.assertEqual(changes(added), {(True, "response-values-added", "POST /notes 201.color")})

    def test_another_status_of_success_breaks(self):
        def other(document):
            responses = document["paths"]["/notes"]["post"]["responses"]
            responses["200"] = responses.pop("201")

        expected = {(True, "response-status-removed", "POST /notes 201"), (True, "response-status-added", "POST /notes 200")}
        self.assertEqual(changes(other), expected)

    def test_another_error_does_not_break(self):
        def status(document):
            document["paths"]["/notes"]["get"]["responses"]["404"] = {}

        def problem(document):
            content = document["components"]["responses"]["Taken"]["content"]["application/problem+json"]
            content["schema"]["oneOf"].append({"type": "object", "properties": {"type": {"const": "/problems/title-reserved"}}})

        self.assertEqual(changes(status), {(False, "response-status-added", "GET /notes 404")})
        self.assertEqual(changes(problem), {(False, "response-alternative-added", "POST /notes 409")})

    def test_a_removed_header_breaks(self):
        found = changes(lambda document: document["paths"]["/notes"]["get"]["responses"]["200"]["headers"].clear())
        self.assertEqual(found, {(True, "response-header-removed", "GET /notes 200")})

    def test_parameters_are_compared(self):
        def required(document):
            document["paths"]["/notes"]["get"]["parameters"].append({"in": "query", "name": "color", "required": True, "schema": {}})

        removed = changes(lambda document: document["paths"]["/notes"]["get"]["parameters"].clear())
        self.assertEqual(removed, {(True, "parameter-removed", "GET /notes query parameter limit")})
        self.assertEqual(changes(required), {(True, "required-parameter-added", "GET /notes query parameter color")})

    def test_access_breaks_when_a_way_to_be_permitted_is_removed(self):
        def stricter(document):
            document["paths"]["/notes"]["post"]["security"] = [{"token": ["notes:write"]}]

        def public(document):
            document["paths"]["/notes"]["post"]["security"] = []

        self.assertEqual(changes(stricter), {(True, "security-changed", "POST /notes")})
        self.assertEqual(changes(public), {(False, "security-changed", "POST /notes")})

    def test_another_type_breaks(self):
        found = changes(lambda document: schema(document, "post", "201")["properties"].update(title={"type": "integer"}))
        self.assertEqual(found, {(True, "type-changed", "POST /notes 201.title")})


if __name__ == "__main__":
    unittest.main()
