//! Gateway responses: how a REST API writes its own errors (section 6 of the REST facts).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header::ACCESS_CONTROL_ALLOW_ORIGIN};
use manifest::{Cors, GatewayResponse, GatewayResponses, ResponseType};
use serde_json::Value;

use super::{
    gateway_error::GatewayError,
    response_headers::ResponseIds,
    response_type::{DefaultResponse, fallback},
    variables::Variables,
};
use crate::client_response::{Answer, Response};

/// The default body (fact R6.2).
const TEMPLATE: &str = "{\"message\":$context.error.messageString}";

/// The media type of the template that is used, whatever the client accepts (fact R6.6).
const MEDIA_TYPE: &str = "application/json";

/// The declared responses of an API.
#[derive(Debug)]
pub(super) struct DeclaredResponses(GatewayResponses);

impl DeclaredResponses {
    /// With CORS settings, pages can read the errors too (fact R6.8), unless a declaration says
    /// otherwise.
    pub(super) fn new(mut declared: GatewayResponses, cors: Option<&Cors>) -> DeclaredResponses {
        if let Some(origin) = cors.and_then(error_origin) {
            for kind in [ResponseType::Default4xx, ResponseType::Default5xx] {
                let headers = &mut declared.entry(kind).or_default().headers;
                headers
                    .entry(ACCESS_CONTROL_ALLOW_ORIGIN.to_string())
                    .or_insert_with(|| format!("'{origin}'"));
            }
        }
        DeclaredResponses(declared)
    }

    /// Returns the response to an error.
    pub(super) fn answer(&self, error: GatewayError, variables: &Variables<'_>) -> Answer {
        let declared = self.declared(&error);
        let body = match declared.map(|declared| declared.templates.get(MEDIA_TYPE)) {
            None if error.kind == ResponseType::AccessDenied => access_denied(&error),
            None | Some(None) => variables.fill_in(TEMPLATE, &error),
            Some(Some(template)) => variables.fill_in(template, &error),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = declared
            .and_then(|declared| StatusCode::from_u16(declared.status?).ok())
            .unwrap_or(error.status);
        let headers = response.headers_mut();
        error.insert_headers(headers);
        ResponseIds::of(variables.request).insert_into(headers);
        if error.kind.has_trace_id() {
            headers.insert("x-amzn-trace-id", variables.trace_root());
        }
        for (name, source) in declared.into_iter().flat_map(|declared| &declared.headers) {
            let value = variables.parameter(source, &error);
            let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
            if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), value) {
                headers.insert(name, value);
            }
        }
        Answer {
            response,
            reason: Some(error.reason),
        }
    }

    /// The declaration for the type itself, or else for all types of its class (fact R6.3).
    fn declared(&self, error: &GatewayError) -> Option<&GatewayResponse> {
        if !error.is_customizable {
            return None;
        }
        let fallback = fallback(error.status);
        self.0.get(&error.kind).or_else(|| self.0.get(&fallback))
    }
}

/// The body of this type alone has `Message`, as long as no response is declared for it.
fn access_denied(error: &GatewayError) -> String {
    format!("{{\"Message\":{}}}", Value::from(error.message.as_deref()))
}

/// The origin whose pages may read errors. A gateway response cannot choose between origins. Errors
/// contain nothing of the caller, so with several origins every page may read them, unless pages send
/// credentials, which `*` does not allow.
fn error_origin(cors: &Cors) -> Option<&str> {
    match cors.origins.as_slice() {
        [first] => Some(first),
        [first, ..] if cors.credentials => Some(first),
        [_, _, ..] => Some("*"),
        [] => None,
    }
}
