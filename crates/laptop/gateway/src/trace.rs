//! Trace ids.

use http::header::HeaderName;
use jiff::Timestamp;

use crate::{client_request::Request, request_headers::first, request_id::random_hex};

pub(crate) const TRACE_ID: &str = "x-amzn-trace-id";

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
    // Eight digits hold the seconds until 2106.
    let seconds = now.as_second() & 0xffff_ffff;
    format!("Root=1-{seconds:08x}-{}", &random_hex(request.id)[4..])
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
