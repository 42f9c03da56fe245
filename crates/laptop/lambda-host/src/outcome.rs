//! What became of an invocation.

use std::fmt;

use bytes::Bytes;

/// The largest request and the largest answer, in bytes (fact 8.2: 6 × 1024² + 100).
pub const PAYLOAD_LIMIT: usize = 6_291_556;

/// What became of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeOutcome {
    /// The function's answer, as it wrote it.
    Payload(Bytes),
    /// The function failed; the JSON says how (fact 8.3): its own error, or Lambda's account of a
    /// time-out, a crash, an answer that was too large.
    FunctionError(Bytes),
    /// As many requests as may run at once are running already.
    Throttled(ThrottleReason),
    /// The request is longer than [`PAYLOAD_LIMIT`].
    RequestTooLarge,
    /// No function of that name is deployed.
    NotFound,
}

/// Which limit a throttled invocation met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The function's own.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The account's, or what functions with reserved concurrency leave of it.
    ConcurrentInvocationLimitExceeded,
}

impl fmt::Display for ThrottleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
