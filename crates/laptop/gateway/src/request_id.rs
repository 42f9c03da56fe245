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

/// Returns the fourteen bytes of a version 4 UUID of which every bit is random: all but those with its version and
/// variant.
fn random_bytes(id: Uuid) -> [u8; 14] {
    let mut random = [0; 14];
    let (before_version, after) = id.as_bytes().split_at(6);
    random[..6].copy_from_slice(before_version);
    random[6] = after[1];
    random[7..].copy_from_slice(&after[3..]);
    random
}

/// Returns [`random_bytes`] as 28 hexadecimal digits.
pub(crate) fn random_hex(id: Uuid) -> String {
    let mut digits = Uuid::encode_buffer();
    let digits = id.as_simple().encode_lower(&mut digits);
    [&digits[..12], &digits[14..16], &digits[18..]].concat()
}
