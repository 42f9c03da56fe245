//! Runs real processes and invokes them.

#![expect(clippy::unwrap_used, reason = "test helpers fail the test")]

mod callers;
mod debugging;
mod extensions;
mod failures;
mod freezing;
mod functions;
mod init;
mod limits;
mod logs;
mod protocol;
mod replacement;
mod shutdown;
mod support;
