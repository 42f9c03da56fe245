//! The errors of an invocation (fact 8.3): the payload for the caller and the type in the report.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use crate::{PAYLOAD_LIMIT, journal::Status};

/// Why an init phase or an invocation failed.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The function reported an error.
    Reported { error_type: String, payload: Bytes },
    /// The process ended.
    Exited(ExitStatus),
    /// The time-out passed.
    TimedOut(Duration),
    /// The process held more memory than the function has.
    OutOfMemory,
    /// The program is not executable.
    InvalidEntrypoint(String),
    /// The answer was larger than Lambda allows.
    ResponseTooLarge,
    /// The answer asked for a response mode that does not exist.
    InvalidResponseMode,
    /// The answer was incomplete.
    TruncatedResponse,
    /// An extension reported an error of this type.
    Extension(&'static str),
    /// This machine could not run the function.
    Sandbox(String),
}

/// A struct and not `json!`, whose order of fields depends on a feature of serde_json.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorObject<'a> {
    error_type: &'a str,
    error_message: &'a str,
}

impl Failure {
    /// An error that the function reported.
    pub(crate) fn reported(error_type: Option<&str>, payload: Bytes) -> Self {
        Self::Reported {
            error_type: telemetry_type(error_type),
            payload,
        }
    }

    /// Returns the payload for an invocation that no environment completed.
    pub(crate) fn no_environment() -> Bytes {
        Self::Sandbox("no execution environment".to_owned()).payload(Uuid::new_v4())
    }

    /// Returns the payload for the caller.
    pub(crate) fn payload(&self, request_id: Uuid) -> Bytes {
        let message = match self {
            Self::Reported { payload, .. } => return payload.clone(),
            Self::Exited(status) => format!("RequestId: {request_id} Error: {}", ending(*status)),
            Self::TimedOut(limit) => format!(
                "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                limit.as_secs_f64()
            ),
            Self::OutOfMemory => {
                format!("RequestId: {request_id} Error: Runtime exited with error: signal: killed")
            }
            Self::ResponseTooLarge => format!(
                "Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes)."
            ),
            Self::InvalidResponseMode => {
                format!("RequestId: {request_id} Error: Invalid function response mode")
            }
            Self::TruncatedResponse => {
                format!("RequestId: {request_id} Error: HTTP request detected as truncated")
            }
            Self::InvalidEntrypoint(cause) | Self::Sandbox(cause) => {
                format!("RequestId: {request_id} Error: {cause}")
            }
            Self::Extension(error_type) => format!("RequestId: {request_id} Error: {error_type}"),
        };
        let error = ErrorObject {
            error_type: self.error_type(),
            error_message: &message,
        };
        Bytes::from(serde_json::to_vec(&error).expect("two strings can be written as JSON"))
    }

    /// Returns the status for the report.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::TimedOut(_) => Status::Timeout,
            _ => Status::Error(self.error_type().to_owned()),
        }
    }

    fn error_type(&self) -> &str {
        match self {
            Self::Reported { error_type, .. } => error_type,
            Self::Exited(_) => "Runtime.ExitError",
            Self::TimedOut(_) => "Sandbox.Timedout",
            Self::OutOfMemory => "Runtime.OutOfMemory",
            Self::InvalidEntrypoint(_) => "Runtime.InvalidEntrypoint",
            Self::ResponseTooLarge => "Function.ResponseSizeTooLarge",
            Self::InvalidResponseMode => "Runtime.InvalidResponseModeHeader",
            Self::TruncatedResponse => "Runtime.TruncatedResponse",
            Self::Extension(error_type) => error_type,
            Self::Sandbox(_) => "Sandbox.Failure",
        }
    }
}

/// Returns the error type for logs: a type that does not have the form of Lambda's types becomes
/// `Runtime.Unknown` (fact 9.1).
fn telemetry_type(given: Option<&str>) -> String {
    given
        .filter(|given| {
            given
                .strip_prefix("Runtime.")
                .or_else(|| given.strip_prefix("Function."))
                .is_some_and(|name| {
                    name.len() > 1
                        && name.starts_with(|first: char| first.is_ascii_uppercase())
                        && name.chars().all(|letter| letter.is_ascii_alphabetic())
                })
        })
        .unwrap_or("Runtime.Unknown")
        .to_owned()
}

/// Describes how a process ended, as Lambda does.
fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => {
            let core = if status.core_dumped() {
                " (core dumped)"
            } else {
                ""
            };
            format!(
                "Runtime exited with error: signal: {}{core}",
                signal_name(signal)
            )
        }
        (None, None) => "Runtime exited without providing a reason".to_owned(),
    }
}

fn signal_name(signal: i32) -> String {
    match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(failure: &Failure) -> (String, String) {
        let payload = failure.payload(Uuid::nil());
        let json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        (
            json["errorType"].as_str().unwrap().into(),
            json["errorMessage"].as_str().unwrap().into(),
        )
    }

    // Fact 8.3.
    #[test]
    fn a_time_out_has_lambdas_text() {
        let payload = Failure::TimedOut(Duration::from_secs(1)).payload(Uuid::nil());

        assert_eq!(
            std::str::from_utf8(&payload).unwrap(),
            "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: \
             00000000-0000-0000-0000-000000000000 Error: Task timed out after 1.00 seconds\"}"
        );
    }

    // Fact 8.3.
    #[test]
    fn an_exit_error_says_how_the_process_ended() {
        for (raw, expected) in [
            (0, "Runtime exited without providing a reason"),
            (127 << 8, "Runtime exited with error: exit status 127"),
            (9, "Runtime exited with error: signal: killed"),
            (6, "Runtime exited with error: signal: aborted"),
            (
                11 | 0x80,
                "Runtime exited with error: signal: segmentation fault (core dumped)",
            ),
        ] {
            let (error_type, text) = message(&Failure::Exited(ExitStatus::from_raw(raw)));

            assert_eq!(error_type, "Runtime.ExitError", "wait status {raw}");
            assert_eq!(
                text,
                format!("RequestId: {} Error: {expected}", Uuid::nil()),
                "wait status {raw}"
            );
        }
    }

    // Fact 9.1.
    #[test]
    fn an_error_type_of_another_form_becomes_unknown() {
        for (given, expected) in [
            (Some("Runtime.NoSuchHandler"), "Runtime.NoSuchHandler"),
            (Some("Function.Teapot"), "Function.Teapot"),
            (Some("Function.teapot"), "Runtime.Unknown"),
            (Some("Function.T"), "Runtime.Unknown"),
            (Some("Function.Tea-pot"), "Runtime.Unknown"),
            (Some("unhandled"), "Runtime.Unknown"),
            (None, "Runtime.Unknown"),
        ] {
            assert_eq!(telemetry_type(given), expected, "{given:?}");
        }
    }
}
