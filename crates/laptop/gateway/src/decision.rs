//! What a server does next with a request.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    api_keys::{ApiKey, QuotaPeriod},
    authorized::Authorized,
    client_response::Answer,
    jwt::Document,
    lambda_authorizer::PendingAnswer,
    request_target::Target,
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
    /// Invoke this Lambda authorizer, and call [`Api::authorize`](crate::Api::authorize).
    Authorize(Box<AuthorizerCall>),
    /// Read the body and call [`Api::invoke`](crate::Api::invoke).
    Body(Box<Accepted>),
}

/// A request that has a route.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) target: Target,
    /// The route's position in the configuration.
    pub(crate) route: usize,
    pub(crate) path_parameters: BTreeMap<String, String>,
    /// The time when the head arrived.
    pub(crate) received: Timestamp,
}

/// A Lambda authorizer to invoke for a request.
#[derive(Debug)]
pub struct AuthorizerCall {
    pub(crate) routed: Routed,
    pub(crate) pending: PendingAnswer,
    pub(crate) trace_id: String,
    pub(crate) request_id: String,
}

impl AuthorizerCall {
    /// The name of the function.
    pub fn function(&self) -> &str {
        self.pending.authorizer()
    }

    /// The event as JSON.
    pub fn payload(&self) -> &Bytes {
        &self.pending.payload
    }

    /// The id of the request, as [`Invocation::request_id`].
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The trace of the request, as [`Invocation::trace_id`].
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }
}

/// A request whose caller is authorized, except that a signature is verified with the body.
#[derive(Debug)]
pub struct Accepted {
    pub(crate) routed: Routed,
    pub(crate) authorized: Authorized,
    /// The API key, if the route of a REST API requires one. A request with a signature has it later.
    pub(crate) key: Option<Arc<ApiKey>>,
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
    /// The period in which this request counts in the quota of a usage plan. A server that keeps the
    /// counts stores it before it invokes the function.
    pub counted: Option<QuotaPeriod>,
    /// The route's position in the configuration.
    pub(crate) route: usize,
    /// The time when the head of the request arrived.
    pub(crate) received: Timestamp,
    /// The context variables that the mapping of responses uses, by name.
    pub(crate) context: BTreeMap<String, String>,
}
