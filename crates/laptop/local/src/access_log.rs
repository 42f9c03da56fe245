//! One short line for each request.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use crate::output::{GREEN, LogFormat, Output, PLAIN, RED, YELLOW};

/// What is logged of a request: no query, header or body, because they may contain secrets.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    pub(crate) request_id: &'a str,
    /// The function that was invoked, if one was.
    pub(crate) function: Option<&'a str>,
    /// Why the gateway answered itself, if it did.
    pub(crate) reason: Option<&'a str>,
}

impl Access<'_> {
    pub(crate) fn write(&self, output: &Output) {
        if output.is_read() {
            match output.format() {
                LogFormat::Text => output.line(self.color(), self.status.as_str(), &self.text()),
                LogFormat::Json => output.line(PLAIN, "", &self.json()),
            }
        }
    }

    fn color(&self) -> &'static str {
        match self.status.as_u16() {
            ..400 => GREEN,
            400..500 => YELLOW,
            _ => RED,
        }
    }

    /// What follows the status.
    fn text(&self) -> String {
        let milliseconds = self.took.as_secs_f64() * 1000.0;
        let mut line = format!(" {} {} {milliseconds:.1} ms", self.method, self.path);
        if let Some(function) = self.function {
            line.push(' ');
            line.push_str(function);
        }
        if let Some(reason) = self.reason {
            line.push_str(": ");
            line.push_str(reason);
        }
        line
    }

    fn json(&self) -> String {
        json!({
            "type": "access",
            "requestId": self.request_id,
            "method": self.method.as_str(),
            "path": self.path,
            "status": self.status.as_u16(),
            "durationMs": (self.took.as_secs_f64() * 1_000_000.0).round() / 1000.0,
            "function": self.function,
            "reason": self.reason,
        })
        .to_string()
    }
}
