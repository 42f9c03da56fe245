//! Parameter mapping: what an HTTP API changes of a request before the function gets it, and of a
//! response before the client does.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::Problems,
    fields::{Fields, kind},
    header_name::check_header_name,
    mapping_value::{MappingValue, Message},
};

/// The parameter mapping of a route.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    pub request: Vec<ParameterChange>,
    /// The changes of responses, by the status of the function's response.
    pub responses: BTreeMap<u16, Vec<ParameterChange>>,
}

/// The error for a change that API Gateway refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidMapping(String);

/// One change: its target, and where the new value comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterChange {
    pub change: Change,
    /// The texts of the declaration, which are those of CloudFormation.
    key: String,
    value: String,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Append(Parameter, MappingValue),
    Overwrite(Parameter, MappingValue),
    Remove(Parameter),
    /// Sets the path of a request.
    Path(MappingValue),
    /// Sets the status of a response.
    Status(MappingValue),
}

/// A parameter that a mapping changes. The name of a header is in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    Header(String),
    QueryString(String),
}

/// The headers that API Gateway keeps to itself. A name that ends in `-` is a prefix.
const RESERVED: [&str; 22] = [
    "access-control-",
    "apigw-",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-amz-",
    "x-amzn-",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
];

impl Mapping {
    /// Reads the field `mapping`, which may be missing.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let mut mapping = Self::default();
        let Some(value) = fields.take("mapping") else {
            return mapping;
        };
        let Some(mut fields) = Fields::open(fields.name_of("mapping"), value, problems) else {
            return mapping;
        };
        if fields.take("templates").is_some() {
            problems.add(
                fields.name_of("templates"),
                "mapping templates (VTL) are not offered: the routes have a Lambda proxy \
                 integration, which does not use templates. The function writes its responses; \
                 [workspace.metadata.gateway-responses] changes the errors of a REST API, and \
                 request and response here change parameters of an HTTP API",
            );
        }
        let name = fields.name_of("request");
        let changes = fields.table("request", problems);
        mapping.request = read_changes(&name, changes, Message::Request, problems);
        let name = fields.name_of("response");
        for (status, value) in fields.table("response", problems) {
            let field = format!("{name}.{status}");
            let Some(status) = parse_status(status) else {
                problems.add(field, "must be a status from 200 to 599");
                continue;
            };
            match value {
                Value::Object(changes) => {
                    let changes = changes.iter();
                    let changes = read_changes(&field, changes, Message::Response, problems);
                    mapping.responses.insert(status, changes);
                }
                other => problems.add(field, format!("must be a table, not {}", kind(other))),
            }
        }
        fields.finish(problems);
        mapping
    }

    /// Parses changes of requests, and of responses by status, given as the keys and values of a
    /// declaration.
    ///
    /// # Errors
    /// Fails at the first wrong change.
    pub fn parse(
        request: &[(&str, &str)],
        responses: &[(u16, &[(&str, &str)])],
    ) -> Result<Self, InvalidMapping> {
        let changes = |texts: &[(&str, &str)], message| {
            let changes = texts.iter().map(|(key, value)| {
                ParameterChange::parse(key, value, message)
                    .map_err(|reason| InvalidMapping(format!("{key}: {reason}")))
            });
            changes.collect::<Result<Vec<_>, _>>().map(in_order)
        };
        let mut mapping = Self {
            request: changes(request, Message::Request)?,
            responses: BTreeMap::new(),
        };
        for (status, texts) in responses {
            let changes = changes(texts, Message::Response)?;
            mapping.responses.insert(*status, changes);
        }
        Ok(mapping)
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.request.is_empty() && self.responses.is_empty()
    }
}

impl ParameterChange {
    /// Returns the key and the value of the declaration, which are those of CloudFormation.
    pub(crate) fn texts(&self) -> (&str, &str) {
        (&self.key, &self.value)
    }

    /// Parses one change. The error is a message.
    fn parse(key: &str, value: &str, message: Message) -> Result<Self, String> {
        let (operation, target) = key.split_once(':').ok_or_else(|| not_a_change(message))?;
        let parsed = || MappingValue::parse(value, message);
        let change = match (operation, target, message) {
            ("overwrite", "path", Message::Request) => Change::Path(parsed()?),
            ("overwrite", "statuscode", Message::Response) => {
                Change::Status(parse_status_value(value, message)?)
            }
            ("append", target, _) => Change::Append(Parameter::parse(target, message)?, parsed()?),
            ("overwrite", target, _) => {
                Change::Overwrite(Parameter::parse(target, message)?, parsed()?)
            }
            ("remove", target, _) => {
                if !["", "''"].contains(&value) {
                    return Err("removes a parameter, so its value must be \"\"".to_owned());
                }
                Change::Remove(Parameter::parse(target, message)?)
            }
            _ => return Err(not_a_change(message)),
        };
        // CloudFormation requires quotes, because a value must not be empty.
        let value = if value.is_empty() { "''" } else { value };
        Ok(Self {
            change,
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

impl Parameter {
    fn parse(target: &str, message: Message) -> Result<Self, String> {
        if let Some(name) = target.strip_prefix("header.") {
            check_header_name(name)?;
            let name = name.to_ascii_lowercase();
            if let Some(reserved) = RESERVED
                .iter()
                .find(|reserved| is_reserved(&name, reserved))
            {
                let any = if reserved.ends_with('-') { "*" } else { "" };
                return Err(format!(
                    "the header is reserved ({reserved}{any}); API Gateway does not map it"
                ));
            }
            return Ok(Self::Header(name));
        }
        match (target.strip_prefix("querystring."), message) {
            (Some(name), Message::Request) if !name.is_empty() => {
                Ok(Self::QueryString(name.to_owned()))
            }
            _ => Err(not_a_change(message)),
        }
    }
}

fn is_reserved(name: &str, reserved: &str) -> bool {
    name == reserved || (reserved.ends_with('-') && name.starts_with(reserved))
}

fn not_a_change(message: Message) -> String {
    let others = match message {
        Message::Request => "the same with querystring.NAME, or overwrite:path",
        Message::Response => "or overwrite:statuscode",
    };
    format!(
        "is not a change; write append:header.NAME, overwrite:header.NAME, remove:header.NAME, \
         {others}"
    )
}

fn read_changes<'v>(
    name: &str,
    changes: impl Iterator<Item = (&'v String, &'v Value)>,
    message: Message,
    problems: &mut Problems<'_>,
) -> Vec<ParameterChange> {
    let mut read = Vec::new();
    for (key, value) in changes {
        let change = match value {
            Value::String(text) => ParameterChange::parse(key, text, message),
            other => Err(format!("must be a string, not {}", kind(other))),
        };
        match change {
            Ok(change) => read.push(change),
            Err(message) => problems.add(format!("{name}.{key:?}"), message),
        }
    }
    in_order(read)
}

/// Sorts changes into the order in which they apply. A declaration has none.
fn in_order(mut changes: Vec<ParameterChange>) -> Vec<ParameterChange> {
    changes.sort_by_key(|change| match change.change {
        Change::Remove(_) => 0,
        Change::Overwrite(..) | Change::Path(_) | Change::Status(_) => 1,
        Change::Append(..) => 2,
    });
    changes
}

fn parse_status(text: &str) -> Option<u16> {
    let status = text.parse().ok()?;
    (200..=599).contains(&status).then_some(status)
}

/// Parses the value of `overwrite:statuscode`. A text must be a status.
fn parse_status_value(text: &str, message: Message) -> Result<MappingValue, String> {
    if !text.contains('$') && parse_status(text).is_none() {
        return Err(format!("must be a status from 200 to 599, not {text:?}"));
    }
    MappingValue::parse(text, message)
}
