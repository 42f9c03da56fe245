//! Gateway responses: how a REST API writes the errors that it makes itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use strum::VariantNames;

use crate::{
    error::{Found, Problems},
    fields::{Fields, did_you_mean, kind},
    header_name::check_header_name,
    member::Members,
};

/// What a declaration changes of the responses of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GatewayResponse {
    /// The status instead of the type's own.
    pub status: Option<u16>,
    /// The sources of header values by header. A source is a text in single quotes, or a parameter
    /// such as `method.request.header.Origin`.
    pub headers: BTreeMap<String, String>,
    /// The bodies by media type, in which `$context.…` and `$stageVariables.…` are replaced.
    pub templates: BTreeMap<String, String>,
}

/// The reason why a REST API responds itself. Its text is that of AWS: `INVALID_API_KEY`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    #[strum(serialize = "DEFAULT_4XX")]
    Default4xx,
    #[strum(serialize = "DEFAULT_5XX")]
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
}

/// The declared responses of an API by type.
pub type GatewayResponses = BTreeMap<ResponseType, GatewayResponse>;

const FIELD: &str = "workspace.metadata.gateway-responses";

impl Serialize for ResponseType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.into())
    }
}

/// Reads the declarations of the workspace.
pub(crate) fn read(members: &Members, found: &mut Found) -> GatewayResponses {
    let root_manifest = members.root_manifest();
    let mut problems = found.in_file(&root_manifest);
    let mut responses = GatewayResponses::new();
    let Some(declared) = &members.gateway_responses else {
        return responses;
    };
    let Some(fields) = Fields::open(FIELD, declared, &mut problems) else {
        return responses;
    };
    for (name, value) in fields.all() {
        let field = format!("{FIELD}.{name}");
        match name.parse() {
            Err(_) => {
                let hint = did_you_mean(name, ResponseType::VARIANTS.iter().copied());
                problems.add(field, format!("unknown type of gateway response{hint}"));
            }
            Ok(ResponseType::RequestTooLarge) => problems.add(
                field,
                "API Gateway does not allow this response to be changed",
            ),
            Ok(kind) => {
                if let Some(fields) = Fields::open(field, value, &mut problems) {
                    responses.insert(kind, GatewayResponse::read(fields, &mut problems));
                }
            }
        }
    }
    responses
}

impl GatewayResponse {
    fn read(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let status = fields.whole("status", 100, 599, "", problems);
        let headers = texts(&mut fields, "headers", problems, |name, source| {
            check_header_name(name)?;
            check_source(source)
        });
        let templates = texts(&mut fields, "templates", problems, |media_type, _| {
            if media_type
                .split('/')
                .filter(|part| !part.is_empty())
                .count()
                == 2
            {
                return Ok(());
            }
            Err("is not a media type, as in \"application/json\"".to_owned())
        });
        fields.finish(problems);
        Self {
            status: status.and_then(|status| u16::try_from(status).ok()),
            headers,
            templates,
        }
    }
}

/// Reads a table of strings and checks each key with its value.
fn texts(
    fields: &mut Fields<'_>,
    field: &'static str,
    problems: &mut Problems<'_>,
    check: impl Fn(&str, &str) -> Result<(), String>,
) -> BTreeMap<String, String> {
    let name = fields.name_of(field);
    let mut texts = BTreeMap::new();
    for (key, value) in fields.table(field, problems) {
        let checked = match value {
            Value::String(text) => check(key, text).map(|()| text),
            other => Err(format!("must be a string, not {}", kind(other))),
        };
        match checked {
            Ok(text) => {
                texts.insert(key.clone(), text.clone());
            }
            Err(message) => problems.add(format!("{name}.{key:?}"), message),
        }
    }
    texts
}

/// Checks the source of a header's value. The error is a message.
fn check_source(source: &str) -> Result<(), String> {
    let is_literal = source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'');
    let is_parameter = [
        "method.request.header.",
        "method.request.querystring.",
        "method.request.path.",
        "context.",
        "stageVariables.",
    ]
    .iter()
    .any(|prefix| {
        source
            .strip_prefix(prefix)
            .is_some_and(|name| !name.is_empty() && !name.contains(char::is_whitespace))
    });
    if is_literal || is_parameter {
        return Ok(());
    }
    Err(format!(
        "{source:?} is not a source; write a text in single quotes, as in \"'no-store'\", or \
         method.request.header.NAME, method.request.querystring.NAME, method.request.path.NAME, \
         context.NAME or stageVariables.NAME"
    ))
}
