//! `openapi.json` is complete, its examples are valid, and it says what the functions' readers accept.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bounds;
mod models;

use std::{collections::BTreeSet, fs};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

fn document() -> Value {
    let file = reference::root().join("openapi.json");
    let text = fs::read_to_string(&file).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A schema with the components that it refers to.
fn validator(schema: &Value, document: &Value) -> Validator {
    let root = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::draft202012::new(&root).unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// A schema, without a reference to a component.
fn resolve<'d>(schema: &'d Value, document: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(place) => document.pointer(&place[1..]).unwrap(),
        None => schema,
    }
}

#[test]
fn every_example_is_valid() {
    let document = document();
    let mut examples = 0;
    visit(&document, &mut |value| {
        let schema = match value.get("schema") {
            Some(schema) => schema,
            None => value,
        };
        let one = value.get("example").into_iter();
        let all = value["examples"].as_array().into_iter().flatten();
        for example in one.chain(all) {
            let result = validator(schema, &document)
                .validate(example)
                .map_err(|error| error.to_string());
            assert_eq!(result, Ok(()), "{example} of {schema}");
            examples += 1;
        }
    });
    assert!(examples > 50, "{examples} examples");
}

/// Calls `found` with every object of the document.
fn visit(value: &Value, found: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            found(value);
            for (name, member) in members {
                // Examples are data, and `properties` are named by the service.
                match name.as_str() {
                    "example" | "examples" => (),
                    "properties" => {
                        for property in member.as_object().into_iter().flat_map(Map::values) {
                            visit(property, found);
                        }
                    }
                    _ => visit(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        _ => (),
    }
}

#[test]
fn every_body_and_every_request_has_an_example() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let request = operation["requestBody"]["content"].as_object().into_iter();
            let responses = operation["responses"].as_object().unwrap().values();
            let responses = responses
                .filter_map(|response| resolve(response, &document)["content"].as_object());
            for media in request.chain(responses).flat_map(Map::values) {
                assert!(media.get("example").is_some(), "{method} {path}: {media}");
            }
        }
    }
}

#[test]
fn every_operation_belongs_to_a_function_of_its_name() {
    let document = document();
    let manifest = reference::root().join("Cargo.toml");
    let workspace = manifest::Workspace::load(Some(&manifest)).unwrap();

    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values());
    let ids: BTreeSet<_> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();

    let functions: BTreeSet<_> = workspace
        .routes()
        .map(|(function, _)| function.name.as_str())
        .collect();
    assert_eq!(ids, functions);
}

#[test]
fn every_description_is_text_for_clients() {
    visit(&document(), &mut |value| {
        let text = value["description"].as_str().unwrap_or_default();
        assert!(!text.contains("[`") && !text.contains("::"), "{text}");
    });
}
