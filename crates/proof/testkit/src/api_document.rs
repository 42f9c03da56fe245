//! Checks requests and responses of unit tests against `openapi.json`.

use std::{
    collections::HashMap,
    env, fs,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use aws_lambda_events::http::{HeaderMap, HeaderName};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::Event;

/// The document of the workspace around the test.
static DOCUMENT: LazyLock<ApiDocument> = LazyLock::new(ApiDocument::read);

const REGENERATE: &str =
    "correct the function, or its declaration and run: cargo run -q -p reference";

struct ApiDocument {
    paths: Value,
    /// The components, in which no object of a response has unknown members.
    closed: Value,
    /// The components as they are.
    open: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Checks that the document allows the response, and the request if the function accepted it.
/// A route without an operation, or without a declared one, is not checked: the tests of the crate
/// `reference` find a document that is out of date.
///
/// # Panics
///
/// Panics if the document does not allow it.
pub(crate) fn check(event: &Event, status: i64, headers: &HeaderMap, body: &Value) {
    let document = &*DOCUMENT;
    let (method, path) = event.route();
    let operation = &document.paths[path][method.to_ascii_lowercase()];
    let responses = &operation["responses"];
    if responses.is_null() || responses.get("default").is_some() {
        return;
    }
    let claim = format!("{method} {path}, {}", status);
    let response = document.resolve(&responses[status.to_string()]);
    assert!(
        !response.is_null(),
        "openapi.json has no such response: {claim}; {REGENERATE}"
    );
    document.check_headers(&response["headers"], headers, &claim);
    let media_type = text(headers, "content-type");
    match (body, &response["content"]) {
        (Value::Null, Value::Null) => (),
        (body, content) => {
            let schema = &content[media_type]["schema"];
            assert!(
                !schema.is_null(),
                "openapi.json has no body of {media_type:?}: {claim}; {REGENERATE}"
            );
            document.check_value(
                &document.closed,
                schema,
                body,
                &format!("{claim}: the body"),
            );
        }
    }
    let is_accepted = status < 300;
    if let (true, Some((media_type, body))) = (is_accepted, event.json_body()) {
        let schema = &operation["requestBody"]["content"][media_type]["schema"];
        let claim = format!("{claim}: the body of a request that was accepted");
        document.check_value(&document.open, schema, &body, &claim);
    }
}

impl ApiDocument {
    fn read() -> Self {
        let folder = env::var_os("CARGO_MANIFEST_DIR").expect("the test is run by Cargo");
        let manifest = PathBuf::from(folder).join("Cargo.toml");
        let root = manifest::find_root(Some(&manifest)).unwrap_or_else(|error| panic!("{error}"));
        let file = root.join("openapi.json");
        let text = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; {REGENERATE}", file.display()));
        let mut document: Value = serde_json::from_str(&text).expect("openapi.json is JSON");
        let open = document["components"].take();
        let mut closed = open.clone();
        close(&mut closed["schemas"]);
        Self {
            paths: document["paths"].take(),
            closed,
            open,
            validators: Mutex::default(),
        }
    }

    /// Follows a reference to a component.
    fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(place) => self
                .open
                .pointer(place.trim_start_matches("#/components"))
                .unwrap_or(&Value::Null),
            None => value,
        }
    }

    fn check_headers(&self, declared: &Value, headers: &HeaderMap, claim: &str) {
        let declared = declared.as_object().cloned().unwrap_or_default();
        for (name, header) in &declared {
            let header = self.resolve(header);
            let value = text(headers, name);
            // API Gateway adds the id of the request.
            let is_of_function = name != "apigw-requestid";
            if value.is_empty() {
                let is_missing = is_of_function && header["required"] == true;
                assert!(!is_missing, "{claim}: the header {name} is missing");
            } else {
                let claim = format!("{claim}: the header {name}");
                // `Retry-After` is a number.
                let value = match header["schema"]["type"] == "integer" {
                    true => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
                    false => value.into(),
                };
                self.check_value(&self.open, &header["schema"], &value, &claim);
            }
        }
        let sent = headers.keys().map(HeaderName::as_str);
        for name in sent.filter(|name| *name != "content-type") {
            let is_declared = declared
                .keys()
                .any(|known| known.eq_ignore_ascii_case(name));
            assert!(
                is_declared,
                "openapi.json has no header {name}: {claim}; {REGENERATE}"
            );
        }
    }

    fn check_value(&self, components: &Value, schema: &Value, value: &Value, claim: &str) {
        let is_closed = std::ptr::eq(components, &raw const self.closed);
        let key = format!("{is_closed} {schema}");
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(key).or_insert_with(|| {
            let root = json!({ "allOf": [schema], "components": components });
            let validator = jsonschema::draft202012::new(&root);
            Arc::new(validator.unwrap_or_else(|error| panic!("{claim}: {error}")))
        });
        let validator = Arc::clone(validator);
        drop(validators);
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            errors.is_empty(),
            "openapi.json does not allow {claim}: {}; {REGENERATE}",
            errors.join("; ")
        );
    }
}

/// Returns a header's value, or an empty string without the header.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().expect("headers are ASCII"))
}

/// Refuses unknown members in every object schema, so that a response has no member that the
/// document does not show. In the document itself the objects are open: clients ignore what they do
/// not know.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_object = members.get("properties").is_some_and(Value::is_object)
                && members.get("type").is_some_and(|r#type| r#type == "object");
            if is_object {
                members
                    .entry("additionalProperties")
                    .or_insert_with(|| Value::from(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_schema_refuses_a_member_that_it_does_not_show() {
        let mut schema = json!({
            "type": "object",
            "properties": { "a": { "type": "object", "properties": { "b": {} } } },
        });

        close(&mut schema);

        let validator = jsonschema::draft202012::new(&schema).unwrap();
        assert!(validator.is_valid(&json!({ "a": { "b": 1 } })));
        assert!(!validator.is_valid(&json!({ "a": { "c": 1 } })));
        assert!(!validator.is_valid(&json!({ "b": 1 })));
    }
}
