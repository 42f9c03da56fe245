//! Responses to clients, and the outcomes of invocations that they come from.

use bytes::Bytes;

/// A response with its whole body. Header names are in lower case. Over HTTP/1.1, API Gateway writes
/// `Apigw-Requestid` (fact 3.7), as hyper does with `title_case_headers(true)`. The server adds `date` and
/// `content-length`.
pub type Response = http::Response<Bytes>;

/// A response with the reason for the log, if it is an error of the gateway.
#[derive(Debug)]
pub struct Answer {
    /// The response to the client.
    pub response: Response,
    /// The reason for the gateway's own response, as an access log has it in `$context.authorizer.error`
    /// or `$context.integrationErrorMessage`. The client does not see it.
    pub reason: Option<String>,
}

/// The outcome of invoking a function. The statuses are those of an HTTP API and of a REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function's output.
    Payload(Bytes),
    /// The function failed, crashed or exceeded its own time-out: 500 or 502 (facts 3.13 and R2.10).
    FunctionError,
    /// Lambda throttles the function: 503 or 500.
    Throttled,
    /// The function took longer than [`Api::integration_timeout`](crate::Api::integration_timeout): 503 or
    /// 504.
    TimedOut,
    /// Lambda refuses an event of this size: 413.
    RequestTooLarge,
    /// The function does not exist, or the API may not invoke it: 500 (fact 1.14).
    NotInvocable,
}

/// The outcome of invoking a Lambda authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizerOutcome {
    /// The function's output.
    Payload(Bytes),
    /// The function failed with this error, a JSON object with `errorMessage`. It includes a crash and the
    /// function's own time-out.
    FunctionError(Bytes),
    /// The function took longer than [`limits::AUTHORIZER_TIMEOUT`](crate::limits::AUTHORIZER_TIMEOUT).
    TimedOut,
    /// The function does not exist, is throttled, or does not take an event of this size.
    NotInvocable,
}
