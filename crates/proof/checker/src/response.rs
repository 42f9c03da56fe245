//! The store's responses.

use serde_json::Value;

use crate::{operation::Operation, resource::Resource};

/// A response from which the outcome of its request is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// The version in the `ETag`.
    pub version: Option<u64>,
    pub location: Option<String>,
    /// Whether `Idempotency-Replayed` is `true`.
    pub replayed: bool,
    /// The request id, to find the request in the log.
    pub request_id: String,
    /// The body as received.
    pub text: String,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Empty,
    Resource(Resource),
    /// A page of resources and the cursor of the next page.
    Page(Vec<Resource>, Option<String>),
    /// The last segment of a problem's type.
    Problem(String),
    Other,
}

impl Response {
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns whether this response equals `other` apart from its request id and its replay header.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        self.status == other.status
            && self.version == other.version
            && self.location == other.location
            && self.text == other.text
    }

    #[must_use]
    pub fn resource(&self) -> Option<&Resource> {
        match &self.body {
            Body::Resource(resource) => Some(resource),
            _ => None,
        }
    }
}

impl Body {
    /// Parses the body of a response to `operation`.
    #[must_use]
    pub fn parse(operation: &Operation, status: u16, text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        let parsed = serde_json::from_str(text).ok();
        let parsed = parsed.and_then(|value| match status {
            400.. => Self::problem(&value),
            _ if operation.is_list() => Self::page(operation, value),
            _ => Resource::parse(operation.kind()?, value)
                .ok()
                .map(Self::Resource),
        });
        parsed.unwrap_or(Self::Other)
    }

    fn problem(value: &Value) -> Option<Self> {
        let kind = value["type"].as_str()?.strip_prefix("/problems/")?;
        Some(Self::Problem(kind.to_owned()))
    }

    fn page(operation: &Operation, mut value: Value) -> Option<Self> {
        let next = value["next"].as_str().map(str::to_owned);
        let Value::Array(items) = value["items"].take() else {
            return None;
        };
        let kind = operation.kind()?;
        let items = items
            .into_iter()
            .map(|item| Resource::parse(kind, item).ok());
        Some(Self::Page(items.collect::<Option<_>>()?, next))
    }
}
