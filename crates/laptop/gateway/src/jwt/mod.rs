//! The JWT authorizer (section 5 of the facts; for a REST API, facts R3.16 to R3.21).

mod algorithm;
mod claims;
mod key_cache;
mod key_set;
mod rules;
mod token;

pub use key_cache::{Document, FetchError};
pub(crate) use rules::Rules;
pub(crate) use token::Token;

use bytes::Bytes;
use http::header;
use jiff::Timestamp;

use crate::{client_request::Request, refusal::Refusal};
use key_cache::{KeyCache, Lookup};
use token::{TokenError, Unverified};

/// The identity provider whose tokens are accepted, in the header `Authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// The issuer's URL: compared with `iss` character by character, and extended by
    /// `/.well-known/openid-configuration` to find the keys (fact 5.7).
    pub issuer: String,
    /// `aud` must be one of these; 1 to 50. For an HTTP API, `client_id` counts if there is no `aud`.
    pub audience: Vec<String>,
}

/// The authorizer with its cached keys.
#[derive(Debug)]
pub(crate) struct JwtGuard {
    authorizer: JwtAuthorizer,
    rules: Rules,
    keys: KeyCache,
}

/// The reason why a request does not pass, or not yet.
#[derive(Debug)]
pub(crate) enum Denial {
    Fetch(Document),
    Refused(Refusal, String),
}

impl JwtGuard {
    pub(crate) fn new(authorizer: JwtAuthorizer, rules: Rules) -> JwtGuard {
        JwtGuard {
            keys: KeyCache::new(&authorizer.issuer, rules),
            authorizer,
            rules,
        }
    }

    /// The request's token, if it is valid and has one of the route's scopes.
    pub(crate) fn check(
        &self,
        request: &Request,
        scopes: &[String],
        now: Timestamp,
    ) -> Result<Token, Denial> {
        let text = Self::text(request).ok_or_else(Denial::no_token)?;
        let unverified = Unverified::read(&text, self.rules).map_err(Denial::invalid)?;
        let keys = match self.keys.lookup(unverified.key_id(), now) {
            Lookup::Ready(keys) => keys,
            Lookup::Fetch(document) => return Err(Denial::Fetch(document)),
            Lookup::Failed(failure) => {
                return Err(Denial::invalid_token(
                    failure.description(),
                    failure.to_string(),
                ));
            }
        };
        let claims = unverified
            .verify(&keys)
            .and_then(|claims| claims.valid_at(now))
            .and_then(|claims| claims.meant_for(&self.authorizer, self.rules))
            .map_err(Denial::invalid)?;
        let token = claims.into_token(!scopes.is_empty());
        // Fact 5.5: any of them.
        if let Some(held) = &token.scopes
            && !scopes.iter().any(|scope| held.contains(scope))
        {
            let reason = format!("insufficient_scope: none of {scopes:?} is in the token");
            return Err(Denial::Refused(Refusal::Forbidden, reason));
        }
        Ok(token)
    }

    pub(crate) fn supply(
        &self,
        document: &Document,
        fetched: Result<Bytes, FetchError>,
        now: Timestamp,
    ) {
        self.keys.supply(document, fetched, now);
    }

    pub(crate) fn still_wants(&self, document: &Document) -> bool {
        self.keys.still_wants(document)
    }

    /// The token without `Bearer`, which may be missing (fact 5.1) and in any case (fact 5.2).
    fn text(request: &Request) -> Option<String> {
        let value = request.headers.get(header::AUTHORIZATION)?;
        let sent = String::from_utf8_lossy(value.as_bytes());
        let sent = sent.trim();
        let bare = match sent.split_once(' ') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
            None if sent.eq_ignore_ascii_case("bearer") => "",
            _ => sent,
        };
        (!bare.is_empty()).then(|| bare.to_owned())
    }
}

impl Denial {
    fn no_token() -> Denial {
        Denial::Refused(
            Refusal::Unauthorized("Bearer".to_owned()),
            "missing: token not provided".to_owned(),
        )
    }

    fn invalid(error: TokenError) -> Denial {
        let description = error.to_string();
        Denial::invalid_token(&description, description.clone())
    }

    /// Parameters are separated by spaces, and the scope is empty (section 4.1 of the facts).
    fn invalid_token(description: &str, reason: String) -> Denial {
        let challenge = format!(
            "Bearer scope=\"\" error=\"invalid_token\" error_description=\"{description}\""
        );
        Denial::Refused(
            Refusal::Unauthorized(challenge),
            format!("invalid_token: {reason}"),
        )
    }
}
