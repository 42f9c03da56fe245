//! The headers of an event (section 2.2 of the facts).

use std::collections::BTreeMap;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use super::{Event, random_bytes};
use crate::client_request::Request;

const TRACE_ID: &str = "x-amzn-trace-id";
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Returns all headers of an event, including `cookie`, by their names in lower case. A repeated header
/// has its values in order.
pub(super) fn headers(event: &Event<'_>) -> BTreeMap<String, Vec<String>> {
    let request = event.request;
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        if !is_hop_by_hop(name) {
            headers
                .entry(name.as_str().to_owned())
                .or_default()
                .push(text(value));
        }
    }
    let mut set = |name: &str, value: String| headers.insert(name.to_owned(), vec![value]);
    set("content-length", event.body.len().to_string());
    // As in AWS, though the front door itself speaks HTTP.
    set("x-forwarded-port", "443".to_owned());
    set("x-forwarded-proto", "https".to_owned());
    set(TRACE_ID, trace_id(request, event.received));
    set(FORWARDED_FOR, forwarded_for(request));
    headers
}

/// Returns the value of one header, or an empty string.
pub(super) fn first(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).map(text).unwrap_or_default()
}

/// Returns the host to which a request was sent, without the port.
pub(super) fn host(headers: &HeaderMap) -> String {
    let host = first(headers, header::HOST);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => host,
    }
}

/// Returns the trace of a request: the `Root` that the client sent, or a new one (fact 2.2.4).
pub(crate) fn trace_id(request: &Request, now: Timestamp) -> String {
    let sent = first(&request.headers, HeaderName::from_static(TRACE_ID));
    let root = sent
        .split(';')
        .map(str::trim)
        .find(|part| part.strip_prefix("Root=").is_some_and(is_root));
    if let Some(root) = root {
        return root.to_owned();
    }
    let random: String = random_bytes(request.id)[2..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Eight digits hold the seconds until 2106.
    format!("Root=1-{:08x}-{random}", now.as_second() & 0xffff_ffff)
}

/// Returns a header value of a request id.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("request ids are base64")
}

/// `1-8hex-24hex`.
fn is_root(root: &str) -> bool {
    let mut parts = root.split('-');
    let mut hex = |length: usize| {
        parts.next().is_some_and(|part| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    hex(1) && hex(8) && hex(24) && root.starts_with('1') && root.len() == 35
}

fn forwarded_for(request: &Request) -> String {
    request
        .headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(text)
        .chain([request.source_ip.to_string()])
        .collect::<Vec<_>>()
        .join(", ")
}

/// Fact 2.2.7.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    ) || name.as_str() == "keep-alive"
        || name.as_str().starts_with("proxy-")
}

/// Decodes UTF-8, or else Latin-1.
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}
