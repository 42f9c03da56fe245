//! Turns a function's output into the HTTP response (section 2.2 of the REST facts).

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, TRANSFER_ENCODING},
};
use manifest::ResponseType;
use serde::Deserialize;
use serde_json::Value;

use super::gateway_error::GatewayError;
use crate::{
    client_response::{Outcome, Response},
    limits,
};

/// A function's output. Any other field makes it malformed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Output {
    status_code: Option<Value>,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// Returns the response to an invocation, or the error that the gateway answers itself. With
/// `decodes_base64`, the body of an output that is base64 is decoded.
pub(super) fn response(outcome: Outcome, decodes_base64: bool) -> Result<Response, GatewayError> {
    let failure = |reason: String| GatewayError::new(ResponseType::IntegrationFailure, reason);
    match outcome {
        Outcome::Payload(payload) if payload.len() > limits::PAYLOAD => Err(failure(format!(
            "a response of {} bytes is too long",
            payload.len()
        ))),
        Outcome::Payload(payload) => translate(&payload, decodes_base64),
        Outcome::FunctionError => Err(failure("the function failed".to_owned())),
        Outcome::NotInvocable => Err(GatewayError::internal(
            "the function does not exist, or the API may not invoke it",
        )),
        Outcome::Throttled => Err(GatewayError::throttled_function()),
        Outcome::TimedOut => Err(GatewayError::new(
            ResponseType::IntegrationTimeout,
            format!("no response within {:?}", limits::REST_INTEGRATION_TIMEOUT),
        )),
        Outcome::RequestTooLarge => Err(GatewayError::new(
            ResponseType::RequestTooLarge,
            "the event is longer than Lambda accepts",
        )),
    }
}

/// Returns the response for a function's output.
fn translate(payload: &[u8], decodes_base64: bool) -> Result<Response, GatewayError> {
    // An array would be read as a list of the fields.
    if !payload.trim_ascii_start().starts_with(b"{") {
        return Err(malformed("the output is not a JSON object"));
    }
    let output: Output =
        serde_json::from_slice(payload).map_err(|error| malformed(error.to_string()))?;
    let body = output.body.unwrap_or_default();
    let is_base64 = output.is_base64_encoded.unwrap_or_default();
    let body = if is_base64 && decodes_base64 {
        let decoded = STANDARD.decode(&body);
        decoded
            .map(Bytes::from)
            .map_err(|error| GatewayError::internal(format!("the body is not base64: {error}")))?
    } else {
        Bytes::from(body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status(output.status_code.as_ref())?;
    let headers = response.headers_mut();
    for (name, values) in output.multi_value_headers.unwrap_or_default() {
        for value in values {
            append(headers, &name, &value)?;
        }
    }
    for (name, value) in output.headers.unwrap_or_default() {
        append(headers, &name, &value)?;
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(response)
}

fn malformed(reason: impl Into<String>) -> GatewayError {
    GatewayError::new(ResponseType::IntegrationFailure, reason)
}

/// An informational status does not answer a request.
fn status(code: Option<&Value>) -> Result<StatusCode, GatewayError> {
    let number = match code {
        None | Some(Value::Null) => Some(200),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        Some(_) => None,
    };
    number
        .filter(|number| (200..600).contains(number))
        .and_then(|number| u16::try_from(number).ok())
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| {
            let code = code.map(Value::to_string).unwrap_or_default();
            malformed(format!("the statusCode {code} is not a status"))
        })
}

/// Appends a value, unless the header has it already.
fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), GatewayError> {
    let name: HeaderName = name
        .parse()
        .map_err(|_| malformed(format!("{name:?} is not the name of a header")))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => return Ok(()),
        Value::Array(_) | Value::Object(_) => {
            return Err(malformed(format!("the value of {name} is not a string")));
        }
    };
    let value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| malformed(format!("the value of {name} is not valid in a header")))?;
    if let Some(name) = remapped(name)
        && !headers.get_all(&name).iter().any(|sent| *sent == value)
    {
        headers.append(name, value);
    }
    Ok(())
}

/// Fact R2.17: headers that belong to the gateway or to the connection get another name.
fn remapped(name: HeaderName) -> Option<HeaderName> {
    const REMAPPED: [&str; 14] = [
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "expect",
        "host",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "trailer",
        "upgrade",
        "user-agent",
        "www-authenticate",
    ];
    if name == TRANSFER_ENCODING {
        return None;
    }
    if !REMAPPED.contains(&name.as_str()) {
        return Some(name);
    }
    format!("x-amzn-remapped-{name}").parse().ok()
}
