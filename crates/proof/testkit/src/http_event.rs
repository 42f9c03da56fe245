//! Events of an HTTP API (payload format 2.0), made from a recorded one.

use serde_json::{Map, Value, json};

use crate::Event;

/// Returns the event of a request.
pub(crate) fn http_event(event: &Event) -> Value {
    let template = serde_json::from_str(include_str!("http-event.json"));
    let mut json: Value = template.expect("the template is JSON");
    let route_key = format!("{} {}", event.method, event.resource);
    let path = event.concrete_path(str::to_owned);
    json["routeKey"] = json!(route_key);
    json["rawPath"] = json!(path);
    json["requestContext"]["routeKey"] = json!(route_key);
    json["requestContext"]["http"]["method"] = json!(event.method);
    json["requestContext"]["http"]["path"] = json!(path);
    json["isBase64Encoded"] = json!(event.is_base64_encoded);
    for (name, value) in &event.headers {
        json["headers"][name] = json!(value);
    }
    // Empty fields are absent.
    if !event.path_parameters.is_empty() {
        json["pathParameters"] = json!(event.path_parameters);
    }
    if !event.query.is_empty() {
        json["queryStringParameters"] = joined(&event.query).into();
        json["rawQueryString"] = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&event.query)
            .finish()
            .into();
    }
    if let Some(claims) = &event.claims {
        json["requestContext"]["authorizer"] =
            json!({ "jwt": { "claims": claims, "scopes": null } });
    }
    if let Some(body) = &event.body {
        json["body"] = json!(body);
    }
    json
}

/// The values of one name joined with a comma.
fn joined(query: &[(String, String)]) -> Map<String, Value> {
    let mut parameters = Map::new();
    for (name, value) in query {
        let joined = match parameters.get(name).and_then(Value::as_str) {
            Some(first) => format!("{first},{value}"),
            None => value.clone(),
        };
        parameters.insert(name.clone(), joined.into());
    }
    parameters
}
