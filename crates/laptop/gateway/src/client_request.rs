//! A request as the server received it.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};
use uuid::Uuid;

/// The head of one HTTP request, not decoded. The body comes later, see
/// [`Decision::Body`](crate::Decision::Body).
#[derive(Clone, Debug)]
pub struct Request {
    /// A new random (version 4) UUID. The request id and the trace id are derived from it, so equal
    /// requests give equal events.
    pub id: Uuid,
    pub method: Method,
    /// The request target as sent: path and query, not decoded. It may be in absolute form
    /// (`http://host/path`).
    pub target: Bytes,
    /// The headers as sent. Over HTTP/2, the server sets `host` to `:authority`.
    pub headers: HeaderMap,
    /// The address of the TCP peer.
    pub source_ip: IpAddr,
}

/// Returns the size in bytes of the request line and all header values, which API Gateway limits to
/// [`limits::HEAD`](crate::limits::HEAD) (fact 8.1).
pub(crate) fn head_size(method: &Method, target: &[u8], headers: &HeaderMap) -> usize {
    let line = method.as_str().len() + target.len() + "  HTTP/1.1\r\n".len();
    let values: usize = headers.values().map(|value| value.len()).sum();
    line + values
}
