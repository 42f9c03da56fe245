//! Turns a function's output into the HTTP response (section 3 of the facts).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use manifest::PayloadFormat;
use serde_json::{Map, Value};

use super::error_response::Refused;
use crate::{
    client_response::{Outcome, Response},
    limits,
    refusal::Refusal,
};

/// The reason why a function's output is not a response.
pub(crate) type Malformed = String;

/// Returns the response to an invocation, or why the gateway responds itself.
pub(super) fn response(outcome: Outcome, format: PayloadFormat) -> Result<Response, Refused> {
    let (refusal, reason) = match outcome {
        Outcome::Payload(payload) if payload.len() > limits::PAYLOAD => {
            let reason = format!("a response of {} bytes is too long", payload.len());
            return Err((Refusal::Internal, reason));
        }
        Outcome::Payload(payload) => {
            let translated = translate(&payload, format);
            return translated.map_err(|malformed| (Refusal::Internal, malformed));
        }
        Outcome::FunctionError => (Refusal::Internal, "the function failed"),
        Outcome::NotInvocable => (
            Refusal::Internal,
            "the function does not exist, or the API may not invoke it",
        ),
        Outcome::Throttled => (Refusal::Unavailable, "Lambda throttles the function"),
        Outcome::TimedOut => {
            let reason = format!("no response within {:?}", limits::INTEGRATION_TIMEOUT);
            return Err((Refusal::Unavailable, reason));
        }
        Outcome::RequestTooLarge => (
            Refusal::RequestTooLarge,
            "the event is longer than Lambda accepts",
        ),
    };
    Err((refusal, reason.to_owned()))
}

/// Returns the response for a function's output.
fn translate(payload: &Bytes, format: PayloadFormat) -> Result<Response, Malformed> {
    let output: Option<Value> = serde_json::from_slice(payload).ok();
    match output {
        Some(Value::Object(fields)) if fields.contains_key("statusCode") => {
            explicit(fields, format)
        }
        _ if format == PayloadFormat::V1 => {
            Err("the output is not an object with a statusCode".to_owned())
        }
        Some(Value::String(text)) => Ok(inferred(Bytes::from(text))),
        _ => Ok(inferred(payload.clone())),
    }
}

/// Facts 3.1 to 3.3.
fn inferred(body: Bytes) -> Response {
    let mut response = http::Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn explicit(mut fields: Map<String, Value>, format: PayloadFormat) -> Result<Response, Malformed> {
    let mut response = http::Response::new(body(&mut fields)?);
    *response.status_mut() = status(fields.get("statusCode"))?;
    let headers = response.headers_mut();
    if format == PayloadFormat::V2 {
        for cookie in array("cookies", fields.get("cookies"))? {
            headers.append(header::SET_COOKIE, value("a cookie", cookie)?);
        }
    }
    for (name, one) in object("headers", fields.get("headers"))? {
        append(headers, name, one)?;
    }
    if format == PayloadFormat::V1 {
        for (name, many) in object("multiValueHeaders", fields.get("multiValueHeaders"))? {
            for one in array(name, Some(many))? {
                append(headers, name, one)?;
            }
        }
    }
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
    }
    Ok(response)
}

/// Facts 3.4 and 3.12. An informational status does not answer a request.
fn status(code: Option<&Value>) -> Result<StatusCode, Malformed> {
    let number = match code {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number
        .filter(|number| (200..600).contains(number))
        .and_then(|number| u16::try_from(number).ok())
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| match code {
            Some(code) => format!("the statusCode {code} is not a status"),
            None => "the statusCode is missing".to_owned(),
        })
}

/// Facts 3.10 to 3.12.
fn body(fields: &mut Map<String, Value>) -> Result<Bytes, Malformed> {
    let text = match fields.remove("body") {
        None | Some(Value::Null) => return Ok(Bytes::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err("the body is not a string".to_owned()),
    };
    match fields.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(Bytes::from(text)),
        Some(Value::Bool(true)) => STANDARD
            .decode(&text)
            .map(Bytes::from)
            .map_err(|error| format!("the body is not base64: {error}")),
        Some(_) => Err("isBase64Encoded is neither true nor false".to_owned()),
    }
}

/// Adds a header unless it belongs to the connection or to the gateway (fact 3.15).
fn append(headers: &mut HeaderMap, name: &str, content: &Value) -> Result<(), Malformed> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is not the name of a header"))?;
    if content.is_null() || is_recomputed(&name) {
        return Ok(());
    }
    headers.append(&name, value(name.as_str(), content)?);
    Ok(())
}

fn is_recomputed(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::CONTENT_LENGTH
            | header::DATE
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    ) || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

fn value(of: &str, content: &Value) -> Result<HeaderValue, Malformed> {
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(format!("{of} is not a string"));
        }
    };
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| format!("{of} has a value that is not valid in a header"))
}

fn object<'a>(
    name: &str,
    field: Option<&'a Value>,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)> + use<'a>, Malformed> {
    match field {
        None | Some(Value::Null) => Ok(None.into_iter().flatten()),
        Some(Value::Object(fields)) => Ok(Some(fields).into_iter().flatten()),
        Some(_) => Err(format!("{name} is not an object")),
    }
}

fn array<'a>(name: &str, field: Option<&'a Value>) -> Result<&'a [Value], Malformed> {
    match field {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(format!("{name} is not an array")),
    }
}
