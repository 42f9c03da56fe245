//! Real processes, invoked as a front door invokes them.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod failures;
mod functions;
mod init;
mod limits;
mod logs;
mod protocol;
mod replacement;
mod shutdown;
mod support;
