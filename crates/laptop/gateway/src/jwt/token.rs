//! Reads, verifies and checks one token, in the order that API Gateway's responses show.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{JwtAuthorizer, algorithm::Algorithm, claims, key_set::KeySet, rules::Rules};

/// What an event contains of a token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) claims: Map<String, Value>,
    /// All scopes of the token, on a route that has scopes; `None` on others.
    pub(crate) scopes: Option<Vec<String>>,
}

impl Token {
    /// The claims as an HTTP API writes them: every value is a string.
    pub(crate) fn claims_as_strings(&self) -> BTreeMap<String, String> {
        claims::on_the_wire(&self.claims)
    }
}

/// The reason why a token is refused, in the words of the challenge (section 4.1 of the facts). Those of
/// `Segments`, `Algorithm` and `Audience` are captured. The others are those of the Go library that the
/// captured ones come from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("token contains an invalid number of segments")]
    Segments,
    #[error("signing method {0} is invalid")]
    Algorithm(String),
    #[error("the token does not have a valid audience")]
    Audience,
    #[error("token is malformed")]
    Malformed,
    #[error("token has an unsupported critical header parameter")]
    Critical,
    #[error("signing method (alg) is unspecified.")]
    NoAlgorithm,
    #[error("unable to find a key for the token")]
    UnknownKey,
    #[error("crypto/rsa: verification error")]
    Signature,
    #[error("Token is expired")]
    Expired,
    #[error("Token used before issued")]
    IssuedLater,
    #[error("Token is not valid yet")]
    NotYetValid,
    #[error("issuer does not match")]
    Issuer,
}

/// A token whose header has been read.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    /// Header and claims as they were signed.
    signed: &'a str,
    claims: &'a str,
    signature: &'a str,
    algorithm: &'static Algorithm,
    key_id: Option<String>,
}

/// The claims of a token whose signature is right.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl<'a> Unverified<'a> {
    pub(super) fn read(text: &'a str, rules: Rules) -> Result<Unverified<'a>, TokenError> {
        // A fourth part is enough to refuse a token.
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let [head, claims, signature] = parts[..] else {
            return Err(TokenError::Segments);
        };
        let fields = object(head)?;
        let algorithm = match fields.get("alg") {
            Some(Value::String(name)) => algorithm(name, rules)?,
            _ => return Err(TokenError::NoAlgorithm),
        };
        // RFC 7515, 4.1.11: a recipient refuses extensions that it does not understand.
        if fields.contains_key("crit") {
            return Err(TokenError::Critical);
        }
        let key_id = match fields.get("kid") {
            Some(Value::String(id)) => Some(id.clone()),
            _ => None,
        };
        Ok(Unverified {
            signed: &text[..head.len() + 1 + claims.len()],
            claims,
            signature,
            algorithm,
            key_id,
        })
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    pub(super) fn verify(&self, keys: &KeySet) -> Result<Claims, TokenError> {
        let id = self.key_id().ok_or(TokenError::UnknownKey)?;
        let mut candidates = keys.find(id, self.algorithm).peekable();
        if candidates.peek().is_none() {
            return Err(TokenError::UnknownKey);
        }
        let signature = decoded(self.signature)?;
        let signed = self.signed.as_bytes();
        if !candidates.any(|key| self.algorithm.verifies(&key.public, signed, &signature)) {
            return Err(TokenError::Signature);
        }
        object(self.claims).map(Claims)
    }
}

/// Returns a part of a token that is a JSON object.
fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| TokenError::Malformed)
}

fn decoded(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed)
}

fn algorithm(name: &str, rules: Rules) -> Result<&'static Algorithm, TokenError> {
    Algorithm::find(name)
        .filter(|algorithm| rules.elliptic_curves || !algorithm.is_elliptic_curve())
        .ok_or_else(|| TokenError::Algorithm(printable(name)))
}

/// Keeps the characters of a name that a header can quote.
fn printable(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(32)
        .collect()
}

impl Claims {
    /// `exp` is required and later than now; `iat` and `nbf` are not later (fact 5.4). The clocks of
    /// the issuer and the gateway may not differ (fact 5.11).
    pub(super) fn valid_at(self, now: Timestamp) -> Result<Claims, TokenError> {
        let now = now.as_second() as f64;
        if self.time("exp").is_none_or(|exp| exp <= now) {
            return Err(TokenError::Expired);
        }
        let is_later = |name| {
            self.0.get(name).is_some_and(|value| !value.is_null())
                && self.time(name).is_none_or(|time| time > now)
        };
        if is_later("iat") {
            return Err(TokenError::IssuedLater);
        }
        if is_later("nbf") {
            return Err(TokenError::NotYetValid);
        }
        Ok(self)
    }

    /// Issuer and audience; `client_id` counts only when there is no `aud` (fact 5.4), and never for a
    /// REST API (fact R3.17).
    pub(super) fn meant_for(
        self,
        authorizer: &JwtAuthorizer,
        rules: Rules,
    ) -> Result<Claims, TokenError> {
        if self.0.get("iss").and_then(Value::as_str) != Some(&authorizer.issuer) {
            return Err(TokenError::Issuer);
        }
        let audience = match self.0.get("aud") {
            None | Some(Value::Null) if rules.client_id_is_audience => self.0.get("client_id"),
            audience => audience,
        };
        let accepted = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| authorizer.audience.iter().any(|one| one == text))
        };
        let meant = match audience {
            Some(Value::Array(many)) => many.iter().any(accepted),
            Some(one) => accepted(one),
            None => false,
        };
        if meant {
            Ok(self)
        } else {
            Err(TokenError::Audience)
        }
    }

    pub(super) fn into_token(self, scoped: bool) -> Token {
        Token {
            scopes: scoped.then(|| claims::scopes(&self.0)),
            claims: self.0,
        }
    }

    fn time(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }
}
