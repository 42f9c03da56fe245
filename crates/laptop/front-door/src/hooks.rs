//! What the server needs besides the gateway and the functions.

use std::{fmt::Debug, net::IpAddr};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gateway::{Api, Document, QuotaPeriod};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

/// What the server needs besides the gateway and the functions. Trait objects keep its code out of this crate,
/// which is optimized in the dev profile.
pub trait Hooks: Debug + Send + Sync + 'static {
    /// Answers a request for a page of the server itself. Returns `None` for all other requests. A route of
    /// the API at the same path takes precedence.
    fn page<'a>(
        &'a self,
        request: &'a Request<Incoming>,
        peer: IpAddr,
    ) -> Option<BoxFuture<'a, Response<Full<Bytes>>>>;

    /// Fetches a document of the identity provider, and supplies `api` with it.
    fn supply<'a>(&'a self, api: &'a Api, document: &'a Document) -> BoxFuture<'a, ()>;

    /// Takes over changed API keys, before a request with a key is received.
    fn refresh_keys(&self) -> BoxFuture<'_, ()>;

    /// Keeps that a request counted in the quota of an API key.
    fn store_count(&self, counted: QuotaPeriod) -> BoxFuture<'_, ()>;

    /// Returns whether an injected fault closes the connection instead of sending the response of a function.
    fn cuts_client(&self) -> bool;
}
