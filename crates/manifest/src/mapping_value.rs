//! The values of parameter mapping: where a mapped value comes from.

use crate::{fields::did_you_mean, header_name::check_header_name, json_path::JsonPath};

/// Texts and parameters that are joined to one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingValue {
    pub parts: Vec<Part>,
}

/// One part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Source(Source),
}

/// A parameter. `Header` and `Body` are those of the message that is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Header(String),
    QueryString(String),
    /// The path of the request, without the stage.
    Path,
    PathParameter(String),
    Body(JsonPath),
    /// A context variable: `requestId`.
    Context(String),
    StageVariable(String),
}

/// The message that a mapping changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Request,
    Response,
}

/// The context variables that the laptop has too, besides `authorizer.…`.
const CONTEXT: [&str; 15] = [
    "accountId",
    "apiId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "httpMethod",
    "identity.sourceIp",
    "identity.userAgent",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "routeKey",
    "stage",
];

impl MappingValue {
    /// Parses a value: one parameter (`$request.header.a`), or a text in which parameters stand in
    /// braces (`${request.header.a}-${context.requestId}`). The error is a message.
    pub(crate) fn parse(text: &str, message: Message) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty; write a parameter or a text".to_owned());
        }
        if let Some(name) = text.strip_prefix('$').filter(|rest| !rest.starts_with('{')) {
            let parts = vec![Part::Source(Source::parse(name, message)?)];
            return Ok(Self { parts });
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| format!("\"${{\" in {text:?} has no \"}}\""))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Source(Source::parse(name, message)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }
}

impl Source {
    /// Parses the name of a parameter, without `$`. The error is a message.
    fn parse(name: &str, message: Message) -> Result<Self, String> {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        match (first, message) {
            ("context", _) => Self::context(rest),
            ("stageVariables", _) if !rest.is_empty() => Ok(Self::StageVariable(rest.to_owned())),
            ("request", Message::Request) => Self::request(rest),
            ("response", Message::Response) => Self::response(rest),
            ("request", Message::Response) => Err(
                "the mapping of a response cannot read the request; write $response.header.NAME, \
                 $response.body, $context.NAME or $stageVariables.NAME"
                    .to_owned(),
            ),
            ("response", Message::Request) => {
                Err("the mapping of a request cannot read the response".to_owned())
            }
            _ => Err(format!("unknown parameter \"${name}\"")),
        }
    }

    fn context(name: &str) -> Result<Self, String> {
        if CONTEXT.contains(&name) || name.starts_with("authorizer.") {
            return Ok(Self::Context(name.to_owned()));
        }
        let hint = did_you_mean(name, CONTEXT.into_iter());
        Err(format!("unknown context variable {name:?}{hint}"))
    }

    fn request(name: &str) -> Result<Self, String> {
        if name == "path" {
            return Ok(Self::Path);
        }
        if let Some(parameter) = name.strip_prefix("path.").filter(|name| !name.is_empty()) {
            return Ok(Self::PathParameter(parameter.to_owned()));
        }
        if let Some(parameter) = name
            .strip_prefix("querystring.")
            .filter(|name| !name.is_empty())
        {
            return Ok(Self::QueryString(parameter.to_owned()));
        }
        Self::header_or_body(name).unwrap_or_else(|| {
            Err(format!(
                "unknown parameter \"$request.{name}\"; write $request.header.NAME, \
                 $request.querystring.NAME, $request.path, $request.path.NAME or $request.body"
            ))
        })
    }

    fn response(name: &str) -> Result<Self, String> {
        Self::header_or_body(name).unwrap_or_else(|| {
            Err(format!(
                "unknown parameter \"$response.{name}\"; write $response.header.NAME or \
                 $response.body"
            ))
        })
    }

    fn header_or_body(name: &str) -> Option<Result<Self, String>> {
        if let Some(header) = name.strip_prefix("header.") {
            let checked = check_header_name(header);
            return Some(checked.map(|()| Self::Header(header.to_owned())));
        }
        let path = name.strip_prefix("body")?;
        (path.is_empty() || path.starts_with(['.', '[']))
            .then(|| JsonPath::parse(path).map(Self::Body))
    }
}
