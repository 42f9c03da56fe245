//! Request ids, derived from the random UUID of a request.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use http::HeaderValue;
use uuid::Uuid;

/// The id of a request to an HTTP API, `ATfSmjLgPHcESJw=`: fifteen characters and an equals sign (fact 2.1).
pub(crate) fn request_id(id: Uuid) -> String {
    URL_SAFE.encode(&random_bytes(id)[..11])
}

/// Returns a header value of a request id.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("request ids are base64")
}

/// Returns the fourteen bytes of a version 4 UUID of which every bit is random.
pub(crate) fn random_bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes()
        .iter()
        .enumerate()
        .filter(|(at, _)| !matches!(at, 6 | 8))
        .map(|(_, byte)| *byte)
        .collect()
}
