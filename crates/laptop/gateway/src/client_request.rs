//! What a server hands over: one request, as it came.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};
use uuid::Uuid;

/// One HTTP request with its whole body, nothing decoded.
#[derive(Clone, Debug)]
pub struct Request {
    /// A fresh random (version 4) UUID. The request id and the trace id are made of its bytes, so
    /// that equal requests give equal events.
    pub id: Uuid,
    /// The method; any token is taken.
    pub method: Method,
    /// The request target as sent: path and query, not decoded. The absolute form
    /// (`http://host/path`) is understood too.
    pub target: Bytes,
    /// The headers as sent. Over HTTP/2 the server puts `:authority` into `host`.
    pub headers: HeaderMap,
    /// The body without its transfer encoding.
    pub body: Bytes,
    /// The address of the TCP peer.
    pub source_ip: IpAddr,
}

/// The size in bytes of the request line and all headers as HTTP/1.1 writes them; [`HttpApi::receive`]
/// compares it with [`limits::HEAD`](crate::limits::HEAD).
///
/// [`HttpApi::receive`]: crate::HttpApi::receive
pub fn head_size(method: &Method, target: &[u8], headers: &HeaderMap) -> usize {
    let line = method.as_str().len() + target.len() + "  HTTP/1.1\r\n".len();
    let headers: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    line + headers
}
