#![doc = include_str!("../README.md")]

mod configuration;
mod environment;
mod error;
mod failure;
mod fleet;
mod folder;
mod host;
mod log;
mod memory;
mod outcome;
mod output;
mod platform;
mod process;
mod runtime_api;
mod version;

pub use configuration::{FunctionConfiguration, Settings};
pub use error::Error;
pub use host::Host;
pub use log::{LogFormat, LogLine, LogSink, LogSource};
pub use outcome::{InvokeOutcome, PAYLOAD_LIMIT, ThrottleReason};
