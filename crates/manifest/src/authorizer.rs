//! Lambda authorizers: functions that an API asks whether a caller may use a route.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::{
    error::Problems,
    fields::{Fields, kind},
    header_name::check_header_name,
    payload_format::PayloadFormat,
};

/// The declaration of a function in its manifest, `[package.metadata.authorizer]`.
pub(crate) const FIELD: &str = "package.metadata.authorizer";

/// How an API asks a Lambda authorizer, and how long it keeps the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizerTrigger {
    pub kind: AuthorizerKind,
    /// The version of the event of an HTTP API.
    pub payload_format: PayloadFormat,
    /// Whether the function answers `isAuthorized` instead of a policy.
    pub simple_responses: bool,
    /// What identifies a caller.
    pub identity: Vec<IdentitySource>,
    /// How long an answer is kept. Zero if each request invokes the function.
    pub ttl: Duration,
}

/// What an authorizer receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthorizerKind {
    /// The request without its body.
    Request,
    /// The value of one header. Only a REST API has it.
    Token,
}

/// A value of a request that identifies its caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentitySource {
    Header(String),
    QueryString(String),
    Context(String),
    StageVariable(String),
}

/// The limits of API Gateway: seconds that an answer is kept, and seconds that it waits for one.
const MAX_TTL: u32 = 3_600;
pub(crate) const MAX_TIMEOUT: u32 = 10;
const DEFAULT_TTL: u32 = 300;

const SOURCES: &str = "$request.header.NAME, $request.querystring.NAME, $context.NAME or \
                       $stageVariables.NAME";

impl AuthorizerTrigger {
    /// Reads the fields that only an authorizer has.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let kind = AuthorizerKind::read(fields, problems);
        let payload_format = PayloadFormat::read(fields, PayloadFormat::V1, problems);
        let simple_responses = fields.flag("simple-responses", problems);
        let identity = read_identity(fields, problems);
        let ttl = fields.whole("ttl", 0, MAX_TTL, " (seconds)", problems);
        let authorizer = Self {
            kind,
            payload_format,
            simple_responses,
            identity: identity.unwrap_or_else(|| kind.default_identity()),
            ttl: Duration::from_secs(ttl.unwrap_or(DEFAULT_TTL).into()),
        };
        authorizer.check(fields, problems);
        authorizer
    }

    fn check(&self, fields: &Fields<'_>, problems: &mut Problems<'_>) {
        if self.simple_responses && self.payload_format == PayloadFormat::V1 {
            problems.add(
                fields.name_of("simple-responses"),
                "needs payload-format = \"2.0\"",
            );
        }
        match self.kind {
            AuthorizerKind::Token => {
                if !matches!(self.identity.as_slice(), [IdentitySource::Header(_)]) {
                    problems.add(
                        fields.name_of("identity"),
                        "an authorizer of type \"token\" has one header as its identity source",
                    );
                }
                if self.payload_format == PayloadFormat::V2 {
                    problems.add(
                        fields.name_of("payload-format"),
                        "an authorizer of type \"token\" has no payload format \"2.0\"; use type \
                         \"request\"",
                    );
                }
            }
            AuthorizerKind::Request if self.identity.is_empty() && !self.ttl.is_zero() => {
                problems.add(
                    fields.name_of("identity"),
                    format!(
                        "is missing; answers are kept by identity, so write {SOURCES}, or ttl = 0"
                    ),
                );
            }
            AuthorizerKind::Request => {}
        }
    }
}

impl AuthorizerKind {
    fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        match fields.text("type", problems) {
            None | Some("request") => Self::Request,
            Some("token") => Self::Token,
            Some(other) => {
                problems.add(
                    fields.name_of("type"),
                    format!("must be \"request\" or \"token\", not {other:?}"),
                );
                Self::Request
            }
        }
    }

    fn default_identity(self) -> Vec<IdentitySource> {
        match self {
            Self::Request => Vec::new(),
            Self::Token => vec![IdentitySource::Header("Authorization".to_owned())],
        }
    }
}

impl IdentitySource {
    /// Parses the text of an HTTP API. The error is a message.
    fn parse(text: &str) -> Result<Self, String> {
        let after = |prefix| text.strip_prefix(prefix).filter(|name| !name.is_empty());
        if let Some(name) = after("$request.header.") {
            check_header_name(name)?;
            return Ok(Self::Header(name.to_owned()));
        }
        if let Some(name) = after("$request.querystring.") {
            return Ok(Self::QueryString(name.to_owned()));
        }
        if let Some(name) = after("$context.") {
            return Ok(Self::Context(name.to_owned()));
        }
        if let Some(name) = after("$stageVariables.") {
            return Ok(Self::StageVariable(name.to_owned()));
        }
        if text.starts_with("$request.path") {
            return Err("a path parameter cannot identify a caller".to_owned());
        }
        Err(format!(
            "{text:?} is not an identity source; write {SOURCES}"
        ))
    }

    /// Returns the text of an HTTP API: `$request.header.Authorization`.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Header(name) => format!("$request.header.{name}"),
            Self::QueryString(name) => format!("$request.querystring.{name}"),
            Self::Context(name) => format!("$context.{name}"),
            Self::StageVariable(name) => format!("$stageVariables.{name}"),
        }
    }
}

/// Reads the field `identity`, if it is there.
fn read_identity(
    fields: &mut Fields<'_>,
    problems: &mut Problems<'_>,
) -> Option<Vec<IdentitySource>> {
    let value = fields.take("identity")?;
    let name = fields.name_of("identity");
    let Value::Array(values) = value else {
        problems.add(name, format!("must be an array, not {}", kind(value)));
        return None;
    };
    let mut sources = Vec::new();
    for value in values {
        let source = match value.as_str() {
            Some(text) => IdentitySource::parse(text),
            None => Err(format!("must contain strings, not {}", kind(value))),
        };
        match source {
            Ok(source) => sources.push(source),
            Err(message) => problems.add(&*name, message),
        }
    }
    Some(sources)
}
