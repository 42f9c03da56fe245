//! The record of a request: what the terminal shows of it, and what `cargo local logs` reads later.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A request that was answered, with the lines that its function wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// The time when the request arrived.
    pub time: Timestamp,
    /// API Gateway's id of the request, which the client has in `apigw-requestid` (HTTP API) or
    /// `x-amzn-requestid` (REST API).
    pub request_id: String,
    /// Lambda's id of the invocation.
    pub invocation: Option<String>,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub took: Duration,
    pub function: Option<String>,
    /// The duration of the init phase, if the invocation was the first of its environment.
    pub init: Option<Duration>,
    /// Why the request failed.
    pub causes: Vec<String>,
    pub denied: Vec<DeniedCall>,
    pub lines: Vec<RecordedLine>,
    /// The number of lines that were not recorded.
    pub left_out: usize,
}

/// A call of DynamoDB that the function's declaration does not permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedCall {
    pub function: String,
    /// `GetItem`.
    pub action: String,
    /// The table or index; `None` if no declaration can permit the action.
    pub resource: Option<String>,
    /// Where to declare it: `functions/users-get/Cargo.toml:14`.
    pub place: Option<String>,
}

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedLine {
    pub source: LineSource,
    pub text: String,
}

/// The source of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineSource {
    Function,
    /// A line of the function that CloudWatch makes metrics of.
    Metrics,
    /// Lambda.
    Platform,
    /// This program.
    Host,
}

impl RequestRecord {
    /// Whether `id` is the request's id, Lambda's id, or how one of them begins or ends.
    pub fn is_named(&self, id: &str) -> bool {
        let ids = [Some(&self.request_id), self.invocation.as_ref()];
        let mut ids = ids.into_iter().flatten();
        ids.any(|whole| whole.starts_with(id) || whole.ends_with(id))
    }
}

impl RecordedLine {
    /// Returns a line that the function wrote.
    pub(crate) fn of_function(text: String) -> Self {
        let source = match metrics(&text) {
            Some(_) => LineSource::Metrics,
            None => LineSource::Function,
        };
        Self { source, text }
    }

    /// Returns the cause of a failure that a line of metrics contains.
    pub(crate) fn cause(&self) -> Option<String> {
        if self.source != LineSource::Metrics {
            return None;
        }
        let cause = metrics(&self.text)?.remove("cause")?;
        cause.as_str().map(str::to_owned)
    }

    /// Whether the line is shown without `--verbose`.
    pub(crate) fn is_the_functions_own(&self) -> bool {
        matches!(self.source, LineSource::Function | LineSource::Host)
    }
}

/// Returns the fields of a line in CloudWatch's embedded metric format.
fn metrics(line: &str) -> Option<Map<String, Value>> {
    if !(line.starts_with('{') && line.contains("\"_aws\"")) {
        return None;
    }
    let fields: Map<String, Value> = serde_json::from_str(line).ok()?;
    fields.contains_key("_aws").then_some(fields)
}
