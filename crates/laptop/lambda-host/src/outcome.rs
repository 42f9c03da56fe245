//! The outcome of an invocation.

use std::fmt;

use bytes::Bytes;

/// The largest payload of an invocation and of an answer, in bytes (fact 8.2: 6 × 1024² + 100).
pub const PAYLOAD_LIMIT: usize = 6_291_556;

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeOutcome {
    /// The function's answer, unchanged.
    Payload(Bytes),
    /// The invocation failed; the JSON describes the error (fact 8.3): the function's own, or
    /// Lambda's for a time-out, a crash or an answer that is too large.
    FunctionError(Bytes),
    /// A concurrency limit is reached.
    Throttled(ThrottleReason),
    /// The payload is larger than [`PAYLOAD_LIMIT`].
    RequestTooLarge,
    /// No function of that name is deployed.
    NotFound,
}

/// The limit that throttled an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The function's reserved concurrency.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The account's concurrency, without what functions reserve.
    ConcurrentInvocationLimitExceeded,
}

impl fmt::Display for ThrottleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
