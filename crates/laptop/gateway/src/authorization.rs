//! The authorizers of an API, which decide whether a request may use its route.

use bytes::Bytes;
use jiff::Timestamp;
use manifest::Access;

use crate::{
    authorized::{Authorized, Caller},
    client_request::Request,
    configuration::Route,
    iam::{self, IamDenial, Principal},
    jwt::{self, Document, FetchError, JwtAuthorizer, JwtGuard, Rules},
    refusal::Refusal,
};

/// The authorizers of an API.
#[derive(Debug)]
pub(crate) struct Authorization {
    jwt: Option<JwtGuard>,
    principals: Vec<Principal>,
    /// The stage, which is a part of the resource that a caller with a signature needs.
    stage: String,
}

/// The reason why a request may not use its route, or not yet.
#[derive(Debug)]
pub(crate) enum Denial {
    Fetch(Document),
    Token(Refusal, String),
    Iam(IamDenial),
}

impl Authorization {
    pub(crate) fn new(
        jwt: Option<JwtAuthorizer>,
        rules: Rules,
        principals: Vec<Principal>,
        stage: &str,
    ) -> Authorization {
        Authorization {
            jwt: jwt.map(|jwt| JwtGuard::new(jwt, rules)),
            principals,
            stage: stage.to_owned(),
        }
    }

    /// Authorizes a request for `path` of the stage.
    pub(crate) fn authorize(
        &self,
        route: &Route,
        request: &Request,
        path: &str,
        now: Timestamp,
    ) -> Result<Authorized, Denial> {
        match &route.authorization {
            Access::Public => Ok(Authorized::Caller(Caller::Anonymous)),
            Access::Token { scopes } => {
                let guard = self
                    .jwt
                    .as_ref()
                    .expect("Configuration::check requires an authorizer for such a route");
                let token = guard.check(request, scopes, now)?;
                Ok(Authorized::Caller(Caller::Jwt(token)))
            }
            Access::Authorizer { name } => {
                unreachable!("Configuration::check refuses the Lambda authorizer {name}")
            }
            Access::Iam => {
                let signed = iam::read(&self.principals, request, &self.stage, path, now)?;
                Ok(Authorized::Signed(Box::new(signed)))
            }
        }
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

impl From<jwt::Denial> for Denial {
    fn from(denial: jwt::Denial) -> Denial {
        match denial {
            jwt::Denial::Fetch(document) => Denial::Fetch(document),
            jwt::Denial::Refused(refusal, reason) => Denial::Token(refusal, reason),
        }
    }
}

impl From<IamDenial> for Denial {
    fn from(denial: IamDenial) -> Denial {
        Denial::Iam(denial)
    }
}
