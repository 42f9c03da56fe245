//! Lambda authorizers (facts R3.5 to R3.11; for an HTTP API, section 5 of the facts): functions that
//! decide whether a caller may use a route.

mod authorizer_answer;
mod policy;
mod result_cache;

pub(crate) use authorizer_answer::LambdaCaller;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use manifest::{ApiKind, AuthorizerKind, AuthorizerTrigger, IdentitySource};
use serde::Deserialize;
use thiserror::Error;

use crate::{client_response::AuthorizerOutcome, limits};
use authorizer_answer::{AnswerFormat, AuthorizerAnswer};
use policy::Evaluation;
use result_cache::{CacheKey, ResultCache};

/// The message of a function's error that a REST API answers with a 401 (fact R3.9).
const UNAUTHORIZED: &str = "Unauthorized";

/// The Lambda authorizers of an API by name, and the answers that are kept.
#[derive(Debug)]
pub(crate) struct LambdaAuthorizers {
    declared: BTreeMap<String, AuthorizerTrigger>,
    kind: ApiKind,
    kept: ResultCache,
}

/// A request, as an authorizer of its kind of API sees it.
pub(crate) trait AuthorizerRequest {
    /// The ARN of the method, with the path of the request.
    fn arn(&self) -> String;

    /// Returns the value of an identity source, if the request has it.
    fn identity(&self, source: &IdentitySource) -> Option<String>;

    /// Returns the event for an authorizer. `identity` has the values of its identity sources.
    fn authorizer_event(&self, authorizer: &AuthorizerTrigger, identity: &[String]) -> Bytes;
}

/// What is known of a caller before the authorizer is invoked.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// A kept answer allows the request.
    Allowed(LambdaCaller),
    Invoke(PendingAnswer),
}

/// An invocation of an authorizer that has not ended.
#[derive(Debug)]
pub(crate) struct PendingAnswer {
    /// The event.
    pub(crate) payload: Bytes,
    arn: String,
    key: CacheKey,
}

impl PendingAnswer {
    /// The name of the authorizer.
    pub(crate) fn authorizer(&self) -> &str {
        &self.key.authorizer
    }
}

/// The reason why a Lambda authorizer does not accept a request.
#[derive(Debug, Error)]
pub(crate) enum LambdaDenial {
    #[error("the identity source {source_text} is missing, so {authorizer} was not invoked")]
    NoIdentity {
        source_text: String,
        authorizer: String,
    },
    #[error("the ARN of the method has {0} bytes, more than an authorizer takes")]
    ArnTooLong(usize),
    #[error("{0} failed with the error Unauthorized")]
    Unauthorized(String),
    #[error("{authorizer} {how}")]
    Failed {
        authorizer: String,
        how: &'static str,
    },
    #[error("the answer of {authorizer} is not valid: {reason}")]
    InvalidAnswer { authorizer: String, reason: String },
    #[error("{authorizer} denies {arn}")]
    ExplicitlyDenied { authorizer: String, arn: String },
    #[error("{authorizer} does not allow {arn}")]
    NotAllowed { authorizer: String, arn: String },
}

impl LambdaAuthorizers {
    pub(crate) fn new(declared: BTreeMap<String, AuthorizerTrigger>, kind: ApiKind) -> Self {
        Self {
            declared,
            kind,
            kept: ResultCache::default(),
        }
    }

    /// Reads the identity of the caller and looks for a kept answer.
    pub(crate) fn look_up(
        &self,
        name: &str,
        request: &impl AuthorizerRequest,
        now: Timestamp,
    ) -> Result<Lookup, LambdaDenial> {
        let authorizer = self.declared(name);
        let arn = request.arn();
        if self.kind == ApiKind::Rest && arn.len() > limits::METHOD_ARN {
            return Err(LambdaDenial::ArnTooLong(arn.len()));
        }
        let key = CacheKey {
            authorizer: name.to_owned(),
            identity: self.identity(name, authorizer, request)?,
        };
        if !authorizer.ttl.is_zero()
            && let Some(answer) = self.kept.get(&key, now)
        {
            return permit(name, answer, &arn, 0).map(Lookup::Allowed);
        }
        Ok(Lookup::Invoke(PendingAnswer {
            payload: request.authorizer_event(authorizer, &key.identity),
            arn,
            key,
        }))
    }

    /// Reads what an authorizer answered after `latency` milliseconds, and keeps a valid answer.
    pub(crate) fn decide(
        &self,
        PendingAnswer { arn, key, .. }: PendingAnswer,
        outcome: AuthorizerOutcome,
        latency: i64,
        now: Timestamp,
    ) -> Result<LambdaCaller, LambdaDenial> {
        let name = key.authorizer.clone();
        let output = match outcome {
            AuthorizerOutcome::Payload(output) => output,
            AuthorizerOutcome::FunctionError(error)
                if self.kind == ApiKind::Rest && is_unauthorized(&error) =>
            {
                return Err(LambdaDenial::Unauthorized(name));
            }
            AuthorizerOutcome::FunctionError(_) => return Err(failed(name, "failed")),
            AuthorizerOutcome::TimedOut => return Err(failed(name, "took longer than 10 seconds")),
            AuthorizerOutcome::NotInvocable => return Err(failed(name, "could not be invoked")),
        };
        let authorizer = self.declared(&name);
        let format = match self.kind {
            ApiKind::Rest => AnswerFormat::RestPolicy,
            ApiKind::Http if authorizer.simple_responses => AnswerFormat::Simple,
            ApiKind::Http => AnswerFormat::HttpPolicy,
        };
        let answer = AuthorizerAnswer::parse(&output, format).map_err(|reason| {
            let authorizer = name.clone();
            LambdaDenial::InvalidAnswer { authorizer, reason }
        })?;
        if !authorizer.ttl.is_zero() {
            self.kept.keep(key, answer.clone(), authorizer.ttl, now);
        }
        permit(&name, answer, &arn, latency)
    }

    fn declared(&self, name: &str) -> &AuthorizerTrigger {
        let declared = self.declared.get(name);
        declared.expect("Configuration::check requires the authorizers of all routes")
    }

    /// Returns the values of the identity sources. A source that is missing or empty is refused, except
    /// by an authorizer of a REST API that gets the whole request each time (fact R3.9).
    fn identity(
        &self,
        name: &str,
        authorizer: &AuthorizerTrigger,
        request: &impl AuthorizerRequest,
    ) -> Result<Vec<String>, LambdaDenial> {
        let is_optional = self.kind == ApiKind::Rest
            && authorizer.kind == AuthorizerKind::Request
            && authorizer.ttl.is_zero();
        let mut identity = Vec::new();
        for source in &authorizer.identity {
            match request.identity(source).filter(|value| !value.is_empty()) {
                Some(value) => identity.push(value),
                None if is_optional => identity.push(String::new()),
                None => {
                    return Err(LambdaDenial::NoIdentity {
                        source_text: source.text(),
                        authorizer: name.to_owned(),
                    });
                }
            }
        }
        Ok(identity)
    }
}

fn permit(
    name: &str,
    answer: AuthorizerAnswer,
    arn: &str,
    latency: i64,
) -> Result<LambdaCaller, LambdaDenial> {
    let (authorizer, arn) = (name.to_owned(), arn.to_owned());
    match answer.evaluate(&arn) {
        Evaluation::Allowed => Ok(answer.into_caller(latency)),
        Evaluation::ExplicitlyDenied => Err(LambdaDenial::ExplicitlyDenied { authorizer, arn }),
        Evaluation::NotAllowed => Err(LambdaDenial::NotAllowed { authorizer, arn }),
    }
}

fn failed(authorizer: String, how: &'static str) -> LambdaDenial {
    LambdaDenial::Failed { authorizer, how }
}

/// Returns whether the message of a function's error is exactly `Unauthorized`.
fn is_unauthorized(error: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct FunctionError {
        error_message: String,
    }
    serde_json::from_slice(error)
        .is_ok_and(|error: FunctionError| error.error_message == UNAUTHORIZED)
}
