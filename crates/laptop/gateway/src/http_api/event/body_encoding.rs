//! The body of an event: text or base64 (fact 2.4).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::header;

use super::Event;

/// Text besides `text/*`. Types such as `application/problem+json` are base64.
const TEXT_TYPES: [&str; 4] = [
    "application/json",
    "application/xml",
    "application/javascript",
    "application/graphql",
];

/// The body, if there is one, and whether it is base64.
pub(super) fn body(event: &Event<'_>) -> (Option<String>, bool) {
    let bytes = event.body;
    if bytes.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(event) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(bytes)), true),
    }
}

fn is_text(event: &Event<'_>) -> bool {
    let Some(content_type) = event
        .request
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    utf8 && (essence.starts_with("text/") || TEXT_TYPES.contains(&essence.as_str()))
}
