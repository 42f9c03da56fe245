//! One line of JSON for each request, on standard output, where Lambda takes it for CloudWatch Logs.

use std::{error::Error, fmt::Write as _, io::Write as _, time::Duration};

use domain::Time;
use serde::Serialize;

use crate::{Problem, Request};

/// The line. It holds no body, no token and no e-mail address.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    /// Lambda's id of the invocation.
    request_id: &'a str,
    /// API Gateway's id of the request, which the client has in `apigw-requestid`.
    api_request_id: &'a str,
    route: &'a str,
    status: u16,
    duration_ms: f64,
    cold_start: bool,
    /// What went wrong, with its causes, when it is the store's own fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// What is known when a request has been answered.
pub(crate) struct Answered<'a> {
    pub(crate) invocation: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) cold_start: bool,
    pub(crate) problem: Option<&'a Problem>,
}

/// Writes the line. Formatted here and not by `tracing`, whose layers cost ten times as much.
pub(crate) fn write(answered: &Answered<'_>) {
    let failed = answered.status >= 500;
    let line = Line {
        timestamp: Time::now().to_string(),
        level: if failed { "ERROR" } else { "INFO" },
        message: if failed {
            "request failed"
        } else {
            "request answered"
        },
        request_id: answered.invocation,
        api_request_id: answered.request.id(),
        route: answered.request.route(),
        status: answered.status,
        duration_ms: (answered.took.as_secs_f64() * 1e6).round() / 1e3,
        cold_start: answered.cold_start,
        cause: answered.problem.filter(|_| failed).map(causes),
    };
    let mut text = serde_json::to_vec(&line).expect("the line is made of strings and numbers");
    text.push(b'\n');
    // A line that cannot be written is no reason to fail a request that has been answered.
    let _ = std::io::stdout().write_all(&text);
}

/// An error and its causes, outermost first. The words alone: the SDK's debug output holds items.
fn causes(error: &Problem) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            let _ = write!(text, ": {words}");
        }
        source = cause.source();
    }
    text
}
