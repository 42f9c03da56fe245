//! The authorizers of an API, which decide whether a request may use its route.

use bytes::Bytes;
use jiff::Timestamp;
use manifest::{Access, ApiKind};

use crate::{
    authorized::{Authorized, Caller},
    client_request::Request,
    client_response::AuthorizerOutcome,
    configuration::{Configuration, Route},
    iam::{self, IamDenial, Principal},
    jwt::{self, Document, FetchError, JwtGuard, Rules},
    lambda_authorizer::{
        AuthorizerRequest, LambdaAuthorizers, LambdaDenial, Lookup, PendingAnswer,
    },
    refusal::Refusal,
};

/// The authorizers of an API.
#[derive(Debug)]
pub(crate) struct Authorization {
    jwt: Option<JwtGuard>,
    principals: Vec<Principal>,
    lambda: LambdaAuthorizers,
    /// The stage, which is a part of the resource that a caller with a signature needs.
    stage: String,
}

/// How far the authorization of a request is.
#[derive(Debug)]
pub(crate) enum Authorizing {
    Done(Authorized),
    /// A document of the identity provider is missing.
    Fetch(Document),
    /// A Lambda authorizer must be invoked.
    Invoke(PendingAnswer),
}

/// The reason why a request may not use its route.
#[derive(Debug)]
pub(crate) enum Denial {
    Token(Refusal, String),
    Iam(IamDenial),
    Lambda(LambdaDenial),
}

impl Denial {
    /// Returns the reason, for the log.
    pub(crate) fn reason(self) -> String {
        match self {
            Denial::Token(_, reason) => reason,
            Denial::Iam(denial) => denial.to_string(),
            Denial::Lambda(denial) => denial.to_string(),
        }
    }
}

impl Authorization {
    /// Creates the authorizers of an API of this kind.
    pub(crate) fn new(configuration: &Configuration, kind: ApiKind, stage: &str) -> Authorization {
        let rules = match kind {
            ApiKind::Http => Rules::HTTP_API,
            ApiKind::Rest => Rules::REST_API,
        };
        let jwt = configuration.jwt.clone();
        Authorization {
            jwt: jwt.map(|jwt| JwtGuard::new(jwt, rules)),
            principals: configuration.principals.clone(),
            lambda: LambdaAuthorizers::new(configuration.authorizers.clone(), kind),
            stage: stage.to_owned(),
        }
    }

    /// Authorizes a request for `path` of the stage. `event` is the request as a Lambda authorizer sees
    /// it.
    pub(crate) fn authorize(
        &self,
        route: &Route,
        request: &Request,
        path: &str,
        event: &impl AuthorizerRequest,
        now: Timestamp,
    ) -> Result<Authorizing, Denial> {
        let caller = match &route.authorization {
            Access::Public => Caller::Anonymous,
            Access::Token { scopes } => {
                let guard = self
                    .jwt
                    .as_ref()
                    .expect("Configuration::check requires an authorizer for such a route");
                match guard.check(request, scopes, now) {
                    Ok(token) => Caller::Jwt(token),
                    Err(jwt::Denial::Fetch(document)) => return Ok(Authorizing::Fetch(document)),
                    Err(jwt::Denial::Refused(refusal, reason)) => {
                        return Err(Denial::Token(refusal, reason));
                    }
                }
            }
            Access::Iam => {
                let signed = iam::read(&self.principals, request, &self.stage, path, now)
                    .map_err(Denial::Iam)?;
                return Ok(Authorizing::Done(Authorized::Signed(Box::new(signed))));
            }
            Access::Authorizer { name } => {
                match self
                    .lambda
                    .look_up(name, event, now)
                    .map_err(Denial::Lambda)?
                {
                    Lookup::Allowed(caller) => Caller::Lambda(caller),
                    Lookup::Invoke(pending) => return Ok(Authorizing::Invoke(pending)),
                }
            }
        };
        Ok(Authorizing::Done(Authorized::Caller(caller)))
    }

    /// Authorizes a request by what its Lambda authorizer answered after `latency` milliseconds.
    pub(crate) fn decide(
        &self,
        pending: PendingAnswer,
        outcome: AuthorizerOutcome,
        latency: i64,
        now: Timestamp,
    ) -> Result<Authorized, Denial> {
        let caller = self.lambda.decide(pending, outcome, latency, now);
        let caller = caller.map_err(Denial::Lambda)?;
        Ok(Authorized::Caller(Caller::Lambda(caller)))
    }

    pub(crate) fn supply(
        &self,
        document: &Document,
        fetched: Result<Bytes, FetchError>,
        now: Timestamp,
    ) {
        if let Some(jwt) = &self.jwt {
            jwt.supply(document, fetched, now);
        }
    }

    pub(crate) fn still_wants(&self, document: &Document) -> bool {
        let jwt = self.jwt.as_ref();
        jwt.is_some_and(|jwt| jwt.still_wants(document))
    }
}
