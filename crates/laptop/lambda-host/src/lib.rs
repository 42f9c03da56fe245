#![doc = include_str!("../README.md")]

mod environment;
mod error;
mod failure;
mod fleet;
mod folder;
mod function_configuration;
mod function_version;
mod host;
mod journal;
mod log_line;
mod memory;
mod outcome;
mod process;
mod process_output;
mod roster;
mod runtime_api;

pub use error::Error;
pub use function_configuration::{FunctionConfiguration, Settings};
pub use host::Host;
pub use log_line::{LogFormat, LogLine, LogSink, LogSource};
pub use outcome::{InvokeOutcome, PAYLOAD_LIMIT, ThrottleReason};
