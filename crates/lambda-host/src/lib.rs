#![doc = include_str!("../README.md")]

mod configuration;
mod error;
mod host;
mod log;
mod outcome;

pub use configuration::{FunctionConfiguration, Settings};
pub use error::Error;
pub use host::Host;
pub use log::{LogFormat, LogLine, LogSink, LogSource};
pub use outcome::{InvokeOutcome, PAYLOAD_LIMIT, ThrottleReason};
