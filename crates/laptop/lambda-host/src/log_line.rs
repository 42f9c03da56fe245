//! Where log lines go, and what a line carries.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

/// Receives every line that a function or the platform writes.
///
/// Called from the tasks that run the environments, so it must not block; a channel is the usual
/// sink. Any `Fn(LogLine)` is one.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one line.
    fn write(&self, line: LogLine);
}

impl<F: Fn(LogLine) + Send + Sync + 'static> LogSink for F {
    fn write(&self, line: LogLine) {
        self(line);
    }
}

/// One line of a function's log, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The function whose log this is.
    pub function: Arc<str>,
    /// The log stream, one per execution environment: `2026/11/22/[$LATEST]32 hex digits`.
    pub stream: Arc<str>,
    /// The request id of the invocation that was running when the line was written. The lines of the
    /// init phase and those between invocations have none.
    pub request_id: Option<Uuid>,
    /// The source of the line.
    pub source: LogSource,
    /// The line as written; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// The source of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// The function, on standard output or standard error.
    Function,
    /// Lambda: `INIT_START`, `START`, `END`, `INIT_REPORT` (fact 9.3).
    Platform,
    /// Lambda: `REPORT`, the last line of an invocation.
    Report {
        /// The duration of the init phase, if the invocation was the first of its environment.
        init: Option<Duration>,
    },
    /// This host. Lambda has no such lines.
    Host,
}

/// How the platform writes its lines (fact 9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `START RequestId: …`
    #[default]
    Text,
    /// `{"time":…,"type":"platform.start","record":{…}}`
    Json,
}
