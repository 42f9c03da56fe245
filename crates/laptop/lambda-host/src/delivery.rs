//! An invocation on its way to the process.

use bytes::Bytes;
use uuid::Uuid;

/// What the process receives as the response to `next`.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) request_id: Uuid,
    /// In milliseconds since 1970.
    pub(crate) deadline_ms: u128,
    pub(crate) arn: String,
    pub(crate) trace_id: String,
    pub(crate) payload: Bytes,
}
