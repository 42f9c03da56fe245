//! The headers that a REST API adds to responses (facts R1.18 to R1.21).

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::{
    client_request::Request,
    request_headers::first,
    request_id::{header_value, random_hex, request_id},
    trace::{TRACE_ID, trace_id},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");

/// The two ids of a request.
pub(super) struct ResponseIds {
    /// A UUID: `requestContext.requestId`.
    pub(super) request_id: String,
    /// `requestContext.extendedRequestId`.
    pub(super) extended_request_id: String,
}

impl ResponseIds {
    pub(super) fn of(request: &Request) -> ResponseIds {
        ResponseIds::new(request.id)
    }

    pub(super) fn new(id: Uuid) -> ResponseIds {
        ResponseIds {
            request_id: id.to_string(),
            extended_request_id: request_id(id),
        }
    }

    pub(super) fn insert_into(&self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, header_value(&self.request_id));
        headers.insert(EXTENDED_REQUEST_ID, header_value(&self.extended_request_id));
    }
}

/// Returns the trace of a response that a function made: as the client sent it, or its root with a
/// parent that is not sampled (fact R1.19).
pub(super) fn response_trace(request: &Request, root: &str) -> HeaderValue {
    let sent = first(&request.headers, HeaderName::from_static(TRACE_ID));
    let is_whole = sent.contains("Parent=") && sent.contains("Sampled=");
    let trace = if is_whole && sent.contains(root) {
        sent
    } else {
        let parent = &random_hex(request.id)[..16];
        format!("{root};Parent={parent};Sampled=0")
    };
    HeaderValue::from_str(&trace).unwrap_or_else(|_| header_value(root))
}

/// Returns the root of a request's trace as a header.
pub(super) fn trace_root(request: &Request, now: jiff::Timestamp) -> HeaderValue {
    header_value(&trace_id(request, now))
}
