//! An API of either kind, for servers that serve both.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    client_request::Request,
    client_response::{Answer, AuthorizerOutcome, Outcome},
    decision::{Accepted, AuthorizerCall, Decision, Invocation},
    http_api::HttpApi,
    jwt::{Document, FetchError},
    limits,
    refusal::Refusal,
    rest_api::RestApi,
};

/// An API of either kind. The methods are those of [`HttpApi`] and [`RestApi`].
#[derive(Debug)]
pub enum Api {
    Http(HttpApi),
    Rest(RestApi),
}

impl Api {
    pub fn has_route(&self, method: &Method, path: &str) -> bool {
        match self {
            Api::Http(api) => api.has_route(method, path),
            Api::Rest(api) => api.has_route(method, path),
        }
    }

    pub fn receive(&self, request: &Request, now: Timestamp) -> Decision {
        match self {
            Api::Http(api) => api.receive(request, now),
            Api::Rest(api) => api.receive(request, now),
        }
    }

    pub fn authorize(
        &self,
        call: AuthorizerCall,
        request: &Request,
        outcome: AuthorizerOutcome,
        now: Timestamp,
    ) -> Decision {
        match self {
            Api::Http(api) => api.authorize(call, request, outcome, now),
            Api::Rest(api) => api.authorize(call, request, outcome, now),
        }
    }

    /// # Errors
    ///
    /// Fails with the gateway's own answer.
    pub fn invoke(
        &self,
        accepted: Accepted,
        request: &Request,
        body: &Bytes,
        now: Timestamp,
    ) -> Result<Invocation, Box<Answer>> {
        match self {
            Api::Http(api) => api.invoke(accepted, request, body, now),
            Api::Rest(api) => api.invoke(accepted, request, body, now),
        }
    }

    pub fn answer(&self, invocation: &Invocation, request: &Request, outcome: Outcome) -> Answer {
        match self {
            Api::Http(api) => api.answer(invocation, request, outcome),
            Api::Rest(api) => api.answer(invocation, request, outcome),
        }
    }

    pub fn refuse(&self, refusal: &Refusal, id: Uuid) -> Answer {
        match self {
            Api::Http(api) => api.refuse(refusal, id),
            Api::Rest(api) => api.refuse(refusal, id),
        }
    }

    pub fn supply(&self, document: &Document, fetched: Result<Bytes, FetchError>, now: Timestamp) {
        match self {
            Api::Http(api) => api.supply(document, fetched, now),
            Api::Rest(api) => api.supply(document, fetched, now),
        }
    }

    pub fn still_wants(&self, document: &Document) -> bool {
        match self {
            Api::Http(api) => api.still_wants(document),
            Api::Rest(api) => api.still_wants(document),
        }
    }

    /// How long a function may take. Then the outcome is [`Outcome::TimedOut`].
    pub fn integration_timeout(&self) -> Duration {
        match self {
            Api::Http(_) => limits::INTEGRATION_TIMEOUT,
            Api::Rest(_) => limits::REST_INTEGRATION_TIMEOUT,
        }
    }

    /// The response header with the request's id.
    pub fn request_id_header(&self) -> &'static str {
        match self {
            Api::Http(_) => "apigw-requestid",
            Api::Rest(_) => "x-amzn-requestid",
        }
    }
}
