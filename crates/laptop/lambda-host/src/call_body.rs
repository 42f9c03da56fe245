//! Reads the bodies that a process sends.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::PAYLOAD_LIMIT;

/// A body as it was received.
pub(crate) enum Body {
    /// The whole body and its trailers.
    Complete(Bytes, HeaderMap),
    /// The body is larger than [`PAYLOAD_LIMIT`].
    TooLarge,
    /// The connection ended before the body did.
    Truncated,
}

/// Reads a body to its end, even if it is too large: a client that is still writing would not read
/// the response.
pub(crate) async fn read(mut body: Incoming) -> Body {
    let mut bytes = BytesMut::new();
    let mut trailers = HeaderMap::new();
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Body::Truncated;
        };
        match frame.into_data() {
            Ok(data) if bytes.len() + data.len() > PAYLOAD_LIMIT => {
                too_large = true;
                bytes.clear();
            }
            Ok(data) if !too_large => bytes.extend_from_slice(&data),
            Ok(_) => {}
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    if too_large {
        Body::TooLarge
    } else {
        Body::Complete(bytes.freeze(), trailers)
    }
}
