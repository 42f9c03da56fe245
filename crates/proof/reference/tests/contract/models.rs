//! The models with which a REST API validates bodies accept what the functions accept, and catch most of
//! what they refuse.

use std::collections::BTreeMap;

use jsonschema::Validator;
use manifest::{RequestValidation, Trigger, Workspace};
use serde_json::{Map, json};

use crate::{
    bounds::{request, types, variants},
    document,
};

/// The models by name, as they are if every route is validated.
fn models() -> BTreeMap<String, Validator> {
    let mut workspace = Workspace::load(Some(&reference::root().join("Cargo.toml"))).unwrap();
    for function in &mut workspace.functions {
        if let Trigger::Http(http) = &mut function.trigger {
            http.validation = RequestValidation::All;
        }
    }
    let models = workspace.request_checks().unwrap().models.into_iter();
    models
        .map(|(name, model)| (name, jsonschema::draft4::new(&model).unwrap()))
        .collect()
}

#[test]
fn a_body_that_a_function_accepts_passes_its_model() {
    let document = document();
    let types = types();
    let mut accepted = 0;
    for (name, model) in models() {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        for variant in variants(&schema, &document) {
            let body = variant.body.to_string();
            if (types.bodies[&name].read)(&request(&body)).is_ok() {
                assert!(model.is_valid(&variant.body), "{name}: {body}");
                accepted += 1;
            }
        }
    }
    assert!(accepted > 0, "{accepted} bodies");
}

#[test]
fn the_examples_of_bodies_pass_their_models() {
    let document = document();
    let models = models();
    let mut tested = 0;
    let items = document["paths"].as_object().unwrap().values();
    for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
        let contents = operation["requestBody"]["content"].as_object();
        for content in contents.into_iter().flat_map(Map::values) {
            let schema = content["schema"]["$ref"].as_str().unwrap();
            let name = schema.rsplit('/').next().unwrap();
            assert!(models[name].is_valid(&content["example"]), "{content}");
            tested += 1;
        }
    }
    assert!(tested > 0);
}

// shop: begin
/// Bodies that are a 422 of a function, and whether a REST API with `validate` answers them itself.
const CASES: [(&str, &str, bool); 19] = [
    // A member is missing, unknown, null or of another type.
    ("NewUser", r#"{"name":"Ada"}"#, true),
    (
        "NewUser",
        r#"{"name":"Ada","email":"a@b.example","age":1}"#,
        true,
    ),
    ("NewUser", r#"{"name":null,"email":"a@b.example"}"#, true),
    ("NewUser", r#"{"name":1,"email":"a@b.example"}"#, true),
    ("NewUser", "[]", true),
    // A text is too short, begins with a space, breaks a pattern, or is not in a list.
    ("NewUser", r#"{"name":"","email":"a@b.example"}"#, true),
    ("NewUser", r#"{"name":" Ada","email":"a@b.example"}"#, true),
    ("ProductChanges", r#"{"sku":"tea-1"}"#, true),
    ("ProductChanges", r#"{"price":{"currency":"XXX"}}"#, true),
    // A number is out of range, excluded or a fraction.
    ("ProductChanges", r#"{"price":{"amount":-1}}"#, true),
    ("Adjustment", r#"{"delta":0}"#, true),
    ("Adjustment", r#"{"delta":1.5}"#, true),
    // A list is empty or has an item twice.
    ("NewOrder", r#"{"items":[]}"#, true),
    (
        "NewOrder",
        r#"{"items":[{"productId":"01932f3b-7c1e-7d5a-9c3f-2b8f6a1d4e90","quantity":1},
            {"productId":"01932f3b-7c1e-7d5a-9c3f-2b8f6a1d4e90","quantity":1}]}"#,
        true,
    ),
    // The same key of two items that differ otherwise.
    (
        "NewOrder",
        r#"{"items":[{"productId":"01932f3b-7c1e-7d5a-9c3f-2b8f6a1d4e90","quantity":1},
            {"productId":"01932f3b-7c1e-7d5a-9c3f-2b8f6a1d4e90","quantity":2}]}"#,
        false,
    ),
    // The format of an address.
    (
        "NewUser",
        r#"{"name":"Ada","email":"ada at example"}"#,
        false,
    ),
    ("UserChanges", r#"{"email":"ada@example"}"#, false),
    // A member that is given twice.
    ("UserChanges", r#"{"name":"Ada","name":"Bob"}"#, false),
    ("Adjustment", r#"{"delta":1,"delta":2}"#, false),
];

#[test]
fn a_rest_api_catches_these_422s_and_not_those() {
    let models = models();
    let types = types();
    for (name, body, is_caught) in CASES {
        let read = (types.bodies[name].read)(&request(body));
        let value: serde_json::Value = serde_json::from_str(body).unwrap();

        assert!(read.is_err(), "{name}: {body}");
        assert_eq!(!models[name].is_valid(&value), is_caught, "{name}: {body}");
    }
}
// shop: end
