//! Invokes functions for requests, and reports each invocation to the log.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use lambda_host::{Host, InvokeOutcome};
use request_log::{Invoked, Invoking, Output};
use uuid::Uuid;

use crate::availability::Availability;

/// Invokes the functions of a workspace.
#[derive(Debug)]
pub struct Invoker {
    /// Runs the functions.
    pub host: Arc<Host>,
    /// Which functions can be invoked.
    pub availability: Arc<Availability>,
    /// Logs the requests and invocations.
    pub output: Output,
    /// The function that is debugged. Its invocations have no time-out.
    pub debugged: Option<String>,
}

/// A function to invoke for a request.
pub(crate) struct Call<'a> {
    pub(crate) function: &'a str,
    pub(crate) payload: &'a Bytes,
    /// API Gateway's id of the request.
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: &'a str,
}

impl Invoker {
    /// Invokes a function, as soon as its first build is deployed. Returns `None` for the outcome if it
    /// takes longer than `timeout`.
    pub(crate) async fn invoke(
        &self,
        call: &Call<'_>,
        timeout: Duration,
    ) -> (Option<InvokeOutcome>, Invoked) {
        let name = call.function;
        let mut invoked = Invoked {
            function: name.to_owned(),
            invocation: Uuid::new_v4(),
            error: None,
        };
        self.output.begin(|| Invoking {
            function: invoked.function.clone(),
            invocation: invoked.invocation,
            request_id: call.request_id.to_owned(),
            trace_id: call.trace_id.to_owned(),
        });
        let outcome = async {
            self.availability.settled(name).await;
            let (id, payload) = (invoked.invocation, call.payload.clone());
            self.host
                .invoke(name, id, payload, Some(call.trace_id))
                .await
        };
        let outcome = if self.debugged.as_deref() == Some(name) {
            Some(outcome.await)
        } else {
            tokio::time::timeout(timeout, outcome).await.ok()
        };
        if let Some(InvokeOutcome::FunctionError(error)) = &outcome {
            invoked.error = function_error(error);
        }
        (outcome, invoked)
    }
}

/// Returns type and message of a function's error. The path of a Rust type, which `lambda_runtime` takes
/// for errors without a type of their own, explains nothing and is left out.
fn function_error(payload: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct FunctionError {
        #[serde(default)]
        error_type: String,
        #[serde(default)]
        error_message: String,
    }
    let error: FunctionError = serde_json::from_slice(payload).ok()?;
    // Lambda's own messages begin with the id of the invocation.
    let message = match error.error_message.split_once(" Error: ") {
        Some((id, message)) if id.starts_with("RequestId: ") => message,
        _ => &error.error_message,
    };
    Some(match (&*error.error_type, message) {
        (kind, "") => kind.to_owned(),
        (kind, message) if kind.is_empty() || kind.contains("::") => message.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    })
}

#[cfg(test)]
mod tests {
    use super::function_error;

    #[test]
    fn a_functions_error_is_one_sentence() {
        for (payload, expected) in [
            (
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 8f16 Error: Runtime exited"}"#,
                Some("Runtime.ExitError: Runtime exited"),
            ),
            (
                r#"{"errorType":"&alloc::boxed::Box<dyn Error>","errorMessage":"no note"}"#,
                Some("no note"),
            ),
            (r#"{"errorType":"NotFound"}"#, Some("NotFound")),
            ("not JSON", None),
        ] {
            let error = function_error(payload.as_bytes());

            assert_eq!(error.as_deref(), expected, "{payload}");
        }
    }
}
