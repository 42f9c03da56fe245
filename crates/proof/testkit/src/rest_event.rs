//! Events of a REST API, made from a recorded one.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::Event;

/// The stage in the client's URL.
pub(crate) const STAGE_PATH: &str = "/prod";

/// Returns the event of a request.
pub(crate) fn rest_event(event: &Event) -> Value {
    let template = serde_json::from_str(include_str!("rest-event.json"));
    let mut json: Value = template.expect("the template is JSON");
    let path = event.concrete_path(encoded);
    json["resource"] = json!(event.resource);
    json["path"] = json!(path);
    json["httpMethod"] = json!(event.method);
    json["requestContext"]["resourcePath"] = json!(event.resource);
    json["requestContext"]["httpMethod"] = json!(event.method);
    json["requestContext"]["path"] = json!(format!("{STAGE_PATH}{path}"));
    for (name, value) in &event.headers {
        // Names arrive as the client spells them.
        let name = capitalized(name);
        json["headers"][&name] = json!(value);
        json["multiValueHeaders"][&name] = json!([value]);
    }
    if !event.path_parameters.is_empty() {
        let parameters = event.path_parameters.iter();
        let parameters: BTreeMap<_, _> = parameters
            .map(|(name, value)| (name, encoded(value)))
            .collect();
        json["pathParameters"] = json!(parameters);
    }
    for (name, value) in &event.query {
        json["queryStringParameters"][name] = json!(value);
        let values = &mut json["multiValueQueryStringParameters"][name];
        match values.as_array_mut() {
            Some(values) => values.push(json!(value)),
            None => *values = json!([value]),
        }
    }
    if let Some(claims) = &event.claims {
        json["requestContext"]["authorizer"] = json!({ "claims": claims });
    }
    if let Some(body) = &event.body {
        let text = event.is_base64_encoded.then(|| decoded(body)).flatten();
        json["isBase64Encoded"] = json!(event.is_base64_encoded && text.is_none());
        json["body"] = json!(text.as_ref().unwrap_or(body));
    }
    json
}

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// A REST API without binary media types encodes no body. Bytes that are not UTF-8 stay in base64, as
/// with binary media types.
fn decoded(base64: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    String::from_utf8(bytes).ok()
}

/// `If-Match` for `if-match`.
fn capitalized(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}
