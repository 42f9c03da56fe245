//! What a REST API checks of requests, by `validate` and `openapi.json`.

use manifest::{ApiKind, RequestChecks};
use serde_json::{Value, json};

use super::sample::Sample;

/// A workspace with the route `PUT /notes/{noteId}`, validated as `validate` says.
fn validated(validate: &str, document: &Value) -> Sample {
    let sample = Sample::new();
    sample.function(
        "notes-put",
        &format!(
            "method = \"PUT\"\npath = \"/notes/{{noteId}}\"\naccess = \"public\"\n\
             validate = {validate:?}\n"
        ),
    );
    sample.write("openapi.json", &document.to_string());
    sample
}

/// A document in which the body of `PUT /notes/{noteId}` is the component `NewNote`.
fn document(components: Value) -> Value {
    let body = json!({ "$ref": "#/components/schemas/NewNote" });
    json!({
        "openapi": "3.1.0",
        "paths": { "/notes/{noteId}": {
            "parameters": [{ "name": "noteId", "in": "path", "required": true }],
            "put": { "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": body } },
            } },
        } },
        "components": { "schemas": components },
    })
}

fn checks(sample: &Sample) -> RequestChecks {
    sample.load().unwrap().request_checks().unwrap()
}

fn refusal(document: &Value) -> String {
    let sample = validated("all", document);
    let workspace = sample.load().unwrap();
    let refusal = workspace.check_for(ApiKind::Rest).unwrap_err();
    assert!(workspace.check_for(ApiKind::Http).is_ok());
    refusal.to_string()
}

/// The definitions of the model of these components.
fn definitions(components: Value) -> Value {
    let sample = validated("body", &document(components));
    checks(&sample).models["NewNote"]["definitions"].clone()
}

/// The definition of the model of one schema.
fn definition(schema: Value) -> Value {
    definitions(json!({ "NewNote": schema }))["NewNote"].clone()
}

#[test]
fn a_model_is_a_schema_of_draft_4_with_what_it_refers_to() {
    let components = json!({
        "NewNote": {
            "type": "object",
            "properties": { "text": { "$ref": "#/components/schemas/Text" } },
            "required": ["text"],
            "additionalProperties": false,
        },
        "Text": { "type": "string", "maxLength": 9 },
        "Unused": {},
    });
    let sample = validated("body", &document(components));

    let checks = checks(&sample);

    assert_eq!(
        checks.models,
        [(
            "NewNote".to_owned(),
            json!({
                "$schema": "http://json-schema.org/draft-04/schema#",
                "title": "NewNote",
                "allOf": [{ "$ref": "#/definitions/NewNote" }],
                "definitions": {
                    "NewNote": {
                        "type": "object",
                        "properties": { "text": { "$ref": "#/definitions/Text" } },
                        "required": ["text"],
                        "additionalProperties": false,
                    },
                    "Text": { "type": "string", "maxLength": 9 },
                },
            })
        )]
        .into()
    );
    let route = &checks.routes["notes-put"];
    assert_eq!(route.models["application/json"], "NewNote");
    assert!(route.parameters.is_empty());
}

#[test]
fn newer_keywords_are_written_as_draft_4_says_them() {
    for (schema, model) in [
        (json!({ "const": 1 }), json!({ "enum": [1] })),
        (
            json!({ "exclusiveMinimum": 0, "maximum": 9 }),
            json!({ "minimum": 0, "exclusiveMinimum": true, "maximum": 9 }),
        ),
        (
            json!({ "not": { "const": 0 } }),
            json!({ "not": { "enum": [0] } }),
        ),
        (
            json!({ "properties": { "a": false, "b": true } }),
            json!({ "properties": { "a": { "not": {} }, "b": {} } }),
        ),
        (
            json!({ "type": ["string", "null"], "format": "uuid", "examples": [""], "x-a": 1 }),
            json!({ "type": ["string", "null"] }),
        ),
        (json!({ "required": [] }), json!({})),
    ] {
        assert_eq!(definition(schema.clone()), model, "{schema}");
    }
}

#[test]
fn what_draft_4_cannot_say_is_left_out() {
    for (schema, model) in [
        (
            json!({ "type": "array", "prefixItems": [{ "type": "null" }], "items": false }),
            json!({ "type": "array" }),
        ),
        (
            json!({ "patternProperties": { "^x": {} }, "additionalProperties": false }),
            json!({}),
        ),
        (
            json!({ "minimum": 0, "exclusiveMinimum": 0 }),
            json!({ "minimum": 0 }),
        ),
        (json!({ "pattern": "^(?=a)" }), json!({})),
        (json!({ "not": { "multipleOf": 2 } }), json!({})),
        (
            json!({ "oneOf": [{ "multipleOf": 2 }, { "type": "null" }] }),
            json!({ "anyOf": [{}, { "type": "null" }] }),
        ),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "null" }] }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "null" }] }),
        ),
    ] {
        assert_eq!(definition(schema.clone()), model, "{schema}");
    }
}

#[test]
fn a_schema_may_refer_to_itself() {
    let node = json!({ "properties": { "next": { "$ref": "#/components/schemas/NewNote" } } });

    let model = definition(node);

    assert_eq!(
        model,
        json!({ "properties": { "next": { "$ref": "#/definitions/NewNote" } } })
    );
}

#[test]
fn required_parameters_are_those_of_path_and_operation() {
    let mut document = document(json!({ "NewNote": {} }));
    document["components"]["parameters"] = json!({
        "Page": { "name": "page", "in": "query", "required": true },
    });
    document["paths"]["/notes/{noteId}"]["put"]["parameters"] = json!([
        { "$ref": "#/components/parameters/Page" },
        { "name": "X-Mode", "in": "header", "required": true },
        { "name": "X-Trace", "in": "header" },
        { "name": "Authorization", "in": "header", "required": true },
        { "name": "session", "in": "cookie", "required": true },
    ]);
    let sample = validated("parameters", &document);

    let checks = checks(&sample);

    let names = checks.routes["notes-put"].parameters.iter();
    assert_eq!(
        names.map(ToString::to_string).collect::<Vec<_>>(),
        [
            "method.request.header.X-Mode",
            "method.request.path.noteId",
            "method.request.querystring.page",
        ]
    );
    assert!(checks.models.is_empty());
}

#[test]
fn a_body_that_may_be_missing_is_not_checked() {
    let mut document = document(json!({ "NewNote": { "type": "object" } }));
    document["paths"]["/notes/{noteId}"]["put"]["requestBody"]["required"] = false.into();

    let checks = checks(&validated("all", &document));

    assert!(checks.models.is_empty());
}

#[test]
fn a_schema_that_is_not_valid_is_refused_with_its_place() {
    for (schema, expected) in [
        (
            json!({ "properties": { "a": { "type": "text" } } }),
            "#/components/schemas/NewNote/properties/a/type: \"text\" is not a type of JSON",
        ),
        (
            json!({ "exclusiveMinimum": true }),
            "schemas/NewNote/exclusiveMinimum: true is not a number",
        ),
        (
            json!({ "items": [{}] }),
            "schemas/NewNote/items: [{}] is not a schema",
        ),
        (
            json!({ "anyOf": [{ "$ref": "#/components/schemas/Text" }] }),
            "schemas/NewNote/anyOf/0: there is no schema Text among the components",
        ),
        (
            json!({ "$ref": "https://schemas.example/note" }),
            "schemas/NewNote: the reference \"https://schemas.example/note\" does not begin with",
        ),
    ] {
        let refusal = refusal(&document(json!({ "NewNote": schema })));

        assert!(refusal.contains(expected), "{refusal}");
        assert!(
            refusal.starts_with(
                "functions/notes-put/Cargo.toml:10: package.metadata.route.validate: openapi.json#/components/"
            ),
            "{refusal}"
        );
    }
}

#[test]
fn a_document_without_what_is_checked_is_refused() {
    let body = |schema: Value| {
        let mut document = document(json!({ "New-Note": {}, "Error": {} }));
        let contents = &mut document["paths"]["/notes/{noteId}"]["put"]["requestBody"]["content"];
        contents["application/json"]["schema"] = schema;
        document
    };
    for (document, expected) in [
        (
            json!({ "openapi": "3.0.3" }),
            "openapi.json must have \"openapi\": \"3.1.…\"",
        ),
        (
            json!({ "openapi": "3.1.0" }),
            "openapi.json has no operation PUT /notes/{noteId}; add it, or write the document again",
        ),
        (
            body(json!({ "type": "string" })),
            "the schema of the body of application/json is not a reference to one of the components",
        ),
        (
            body(json!({ "$ref": "#/components/schemas/New-Note" })),
            "#/components/schemas/New-Note: the name of a model has letters and digits only",
        ),
        (
            body(json!({ "$ref": "#/components/schemas/Error" })),
            "#/components/schemas/Error: API Gateway has a model of this name already",
        ),
    ] {
        let refusal = refusal(&document);

        assert!(refusal.contains(expected), "{refusal}");
    }
    let sample = validated("all", &json!({}));
    std::fs::remove_file(sample.path("openapi.json")).unwrap();
    let refusal = sample.load().unwrap().check_for(ApiKind::Rest).unwrap_err();
    let expected = "needs openapi.json beside the root Cargo.toml; reading it failed: ";
    assert!(refusal.to_string().contains(expected), "{refusal}");
}

#[test]
fn a_route_with_the_method_any_cannot_be_validated() {
    let sample = validated("all", &document(json!({ "NewNote": {} })));
    let manifest = "functions/notes-put/Cargo.toml";
    let text = std::fs::read_to_string(sample.path(manifest)).unwrap();
    sample.write(manifest, &text.replace("\"PUT\"", "\"ANY\""));

    let refusal = sample.load().unwrap().check_for(ApiKind::Rest).unwrap_err();

    let expected = "a route with the method ANY take different requests; write \"none\"";
    assert!(refusal.to_string().contains(expected), "{refusal}");
}

#[test]
fn the_description_of_a_rest_api_has_models_and_parameters() {
    let sample = validated("all", &document(json!({ "NewNote": { "type": "object" } })));
    let workspace = sample.load().unwrap();

    let described = |kind| {
        let description = workspace.describe(kind).unwrap();
        serde_json::to_value(&description).unwrap()
    };

    let rest = described(ApiKind::Rest);
    let trigger = &rest["functions"][0]["trigger"];
    assert_eq!(trigger["validation"], "all");
    assert_eq!(
        trigger["requestModels"],
        json!({ "application/json": "NewNote" })
    );
    assert_eq!(
        trigger["requiredParameters"],
        json!(["method.request.path.noteId"])
    );
    assert_eq!(rest["models"]["NewNote"]["title"], "NewNote");
    assert_eq!(described(ApiKind::Http)["models"], json!({}));
}
