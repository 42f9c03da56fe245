//! The binary media types of a REST API (facts R2.7 and R2.12).

use http::{HeaderMap, HeaderName, header};

/// The media types whose bodies are bytes and not text.
#[derive(Clone, Debug, Default)]
pub(super) struct BinaryMediaTypes(Vec<String>);

impl BinaryMediaTypes {
    pub(super) fn new(types: Vec<String>) -> BinaryMediaTypes {
        BinaryMediaTypes(types)
    }

    /// Whether the event has the body of a request in base64.
    pub(super) fn encode_body_of(&self, request: &HeaderMap) -> bool {
        let content_type = first(request, header::CONTENT_TYPE);
        self.contain(content_type.unwrap_or("application/json"))
    }

    /// Whether the body of a response is decoded from base64: by the first media type that the client
    /// accepts.
    pub(super) fn decode_response_to(&self, request: &HeaderMap) -> bool {
        self.contain(first(request, header::ACCEPT).unwrap_or("*/*"))
    }

    fn contain(&self, media_type: &str) -> bool {
        self.0.iter().any(|own| {
            own == "*/*"
                || own.eq_ignore_ascii_case(media_type)
                || own.strip_suffix("/*").is_some_and(|kind| {
                    let sent = media_type.split_once('/');
                    kind != "*" && sent.is_some_and(|(sent, _)| sent.eq_ignore_ascii_case(kind))
                })
        })
    }
}

/// The first media type of a header, without its parameters.
fn first(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let value = headers.get(name)?.to_str().ok()?;
    let first = value.split([',', ';']).next().unwrap_or_default();
    Some(first.trim())
}
