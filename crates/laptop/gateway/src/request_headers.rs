//! Values of a request's headers.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::client_request::Request;

pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// Returns the value of one header, or an empty string.
pub(crate) fn first(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).map(text).unwrap_or_default()
}

/// Returns the host to which a request was sent, without the port.
pub(crate) fn host(headers: &HeaderMap) -> String {
    let host = first(headers, header::HOST);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => host,
    }
}

/// Returns the value of `x-forwarded-for`, extended by the address of the client.
pub(crate) fn forwarded_for(request: &Request) -> String {
    request
        .headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(text)
        .chain([request.source_ip.to_string()])
        .collect::<Vec<_>>()
        .join(", ")
}

/// Decodes UTF-8, or else Latin-1.
pub(crate) fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}
