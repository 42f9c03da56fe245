//! The headers of an event (section 2.2 of the facts).

use std::collections::BTreeMap;

use http::header::{self, HeaderName};

use super::Event;
use crate::{
    request_headers::{FORWARDED_FOR, forwarded_for, text},
    trace::{TRACE_ID, trace_id},
};

/// Returns all headers of an event, including `cookie`, by their names in lower case. A repeated header
/// has its values in order.
pub(super) fn headers(event: &Event<'_>) -> BTreeMap<String, Vec<String>> {
    let mut headers = headers_without_body(event);
    let length = event.body.len().to_string();
    headers.insert("content-length".to_owned(), vec![length]);
    headers
}

/// Returns the headers before the body has arrived: the length of the body is what the client sent.
pub(super) fn headers_without_body(event: &Event<'_>) -> BTreeMap<String, Vec<String>> {
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
    // As in AWS, though the front door itself speaks HTTP.
    set("x-forwarded-port", "443".to_owned());
    set("x-forwarded-proto", "https".to_owned());
    set(TRACE_ID, trace_id(request, event.received));
    set(FORWARDED_FOR, forwarded_for(request));
    headers
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
