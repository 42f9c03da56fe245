#![doc = include_str!("../README.md")]

mod api_response;
mod call_body;
mod call_refusal;
mod cpu_quota;
mod delivery;
mod environment;
mod error;
mod extensions;
mod extensions_api;
mod failure;
mod fleet;
mod folder;
mod function_configuration;
mod function_version;
mod host;
mod journal;
mod lifecycle;
mod log_line;
mod memory;
mod outcome;
mod peer;
mod process;
mod process_output;
mod repeated_poll;
mod roster;
mod runtime_api;
mod runtime_call;

pub use error::Error;
pub use function_configuration::{FunctionConfiguration, Settings};
pub use host::Host;
pub use log_line::{LogFormat, LogLine, LogSink, LogSource};
pub use outcome::{InvokeOutcome, PAYLOAD_LIMIT, ThrottleReason};
