//! What a server does next with a request.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    authorized::Authorized, client_response::Answer, jwt::Document, request_target::Target,
};

/// What a server does next with a request.
#[derive(Debug)]
pub enum Decision {
    /// Send this answer. The body need not be read.
    Answer(Answer),
    /// Fetch this document of the identity provider, pass it to
    /// [`Api::supply`](crate::Api::supply), and call
    /// [`Api::receive`](crate::Api::receive) again.
    Fetch(Document),
    /// Read the body and call [`Api::invoke`](crate::Api::invoke).
    Body(Box<Accepted>),
}

/// A request that has a route. Its caller is authorized, except that a signature is verified with the
/// body.
#[derive(Debug)]
pub struct Accepted {
    pub(crate) target: Target,
    /// The route's position in the configuration.
    pub(crate) route: usize,
    pub(crate) path_parameters: BTreeMap<String, String>,
    pub(crate) authorized: Authorized,
    /// The time when the head arrived.
    pub(crate) received: Timestamp,
}

/// A function to invoke for a request.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The route's [`integration`](crate::Route::integration).
    pub integration: String,
    /// The event as JSON.
    pub payload: Bytes,
    /// `requestContext.requestId`, which the client gets as `apigw-requestid` from an HTTP API and as
    /// `x-amzn-requestid` from a REST API.
    pub request_id: String,
    /// The trace, `Root=1-…`, for the function's `_X_AMZN_TRACE_ID`.
    pub trace_id: String,
    /// The route's position in the configuration.
    pub(crate) route: usize,
    /// The time when the head of the request arrived.
    pub(crate) received: Timestamp,
    /// The context variables that the mapping of responses uses, by name.
    pub(crate) context: BTreeMap<String, String>,
}
