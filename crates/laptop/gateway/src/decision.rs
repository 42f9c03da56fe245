//! What a server does next with a request.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use manifest::PayloadFormat;

use crate::{
    event::Caller, iam::SignedRequest, integration::Answer, jwt::Document, request_path::Target,
};

/// What a server does next with a request.
#[derive(Debug)]
pub enum Decision {
    /// Send this answer. The body need not be read.
    Answer(Answer),
    /// Fetch this document of the identity provider, pass it to
    /// [`HttpApi::supply`](crate::HttpApi::supply), and call
    /// [`HttpApi::receive`](crate::HttpApi::receive) again.
    Fetch(Document),
    /// Read the body and call [`HttpApi::invoke`](crate::HttpApi::invoke).
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

/// The caller of an accepted request.
#[derive(Debug)]
pub(crate) enum Authorized {
    Caller(Caller),
    /// The signature covers the body.
    Signed(Box<SignedRequest>),
}

/// A function to invoke for a request.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The route's [`integration`](crate::Route::integration).
    pub integration: String,
    /// The event as JSON.
    pub payload: Bytes,
    /// `requestContext.requestId`, and `apigw-requestid` of the response.
    pub request_id: String,
    /// The trace, `Root=1-…`, for the function's `_X_AMZN_TRACE_ID`.
    pub trace_id: String,
    pub(crate) format: PayloadFormat,
    pub(crate) cors: HeaderMap,
}
