//! The values of parameter mapping: what a declared value is in one request or response.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use manifest::{AuthorizerTrigger, IdentitySource, JsonPath, MappingValue, Part, Source};
use serde_json::Value;

use super::{context_variables::context_variable, event::Event};
use crate::{lambda_authorizer::AuthorizerRequest, query_string, request_headers::text};

/// The part of a body that JSON paths are evaluated over, in bytes.
const BODY: usize = 100 * 1_024;

/// A message whose parameters a mapping reads.
pub(super) trait Parameters {
    fn parameter(&self, source: &Source) -> Option<String>;

    /// Returns the value in this message. A parameter that is missing in a text is empty. Without any
    /// of its parameters, a value is missing.
    fn value(&self, value: &MappingValue) -> Option<String> {
        let mut text = String::new();
        let mut found = false;
        for part in &value.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Source(source) => {
                    if let Some(parameter) = self.parameter(source) {
                        found = true;
                        text.push_str(&parameter);
                    }
                }
            }
        }
        let is_text = |part: &Part| matches!(part, Part::Text(_));
        (found || value.parts.iter().all(is_text)).then_some(text)
    }
}

impl Parameters for Event<'_> {
    fn parameter(&self, source: &Source) -> Option<String> {
        match source {
            Source::Header(name) => header(&self.request.headers, name),
            Source::QueryString(name) => {
                let pairs = query_string::pairs(&self.target.query).into_iter();
                let values = pairs.filter(|(key, _)| key == name).map(|(_, value)| value);
                joined(values.collect())
            }
            Source::Path => Some(self.target.path.clone()),
            Source::PathParameter(name) => self.path_parameters.get(name).cloned(),
            Source::Body(path) => body(self.body, path),
            Source::Context(name) => context_variable(name, self),
            // The stage `$default` has no variables.
            Source::StageVariable(_) => None,
        }
    }
}

impl AuthorizerRequest for Event<'_> {
    fn arn(&self) -> String {
        self.arn()
    }

    fn identity(&self, source: &IdentitySource) -> Option<String> {
        self.parameter(&match source.clone() {
            IdentitySource::Header(name) => Source::Header(name),
            IdentitySource::QueryString(name) => Source::QueryString(name),
            IdentitySource::Context(name) => Source::Context(name),
            IdentitySource::StageVariable(name) => Source::StageVariable(name),
        })
    }

    fn authorizer_event(&self, authorizer: &AuthorizerTrigger, identity: &[String]) -> Bytes {
        self.authorizer_payload(authorizer.payload_format, identity)
    }
}

/// A function's response, with the context variables of its request.
pub(super) struct FunctionResponse<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) context: &'a BTreeMap<String, String>,
}

impl Parameters for FunctionResponse<'_> {
    fn parameter(&self, source: &Source) -> Option<String> {
        match source {
            Source::Header(name) => header(self.headers, name),
            Source::Body(path) => body(self.body, path),
            Source::Context(name) => self.context.get(name).cloned(),
            // `manifest` refuses the parameters of the request here.
            Source::QueryString(_) | Source::Path | Source::PathParameter(_) => None,
            Source::StageVariable(_) => None,
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    joined(headers.get_all(name).iter().map(text).collect())
}

/// Returns several values joined with a comma.
fn joined(values: Vec<String>) -> Option<String> {
    (!values.is_empty()).then(|| values.join(","))
}

/// Returns the whole body, or the value at a path of a body that is cut at its limit. A string inside has
/// no quotes.
fn body(bytes: &Bytes, path: &JsonPath) -> Option<String> {
    if path.is_whole() {
        let text = String::from_utf8_lossy(bytes).into_owned();
        return (!text.is_empty()).then_some(text);
    }
    let document: Value = serde_json::from_slice(&bytes[..bytes.len().min(BODY)]).ok()?;
    match path.find(&document)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
