//! Where log lines go, and what a line carries.

use std::sync::Arc;

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
    /// Lambda: `INIT_START`, `START`, `END`, `REPORT`, `INIT_REPORT` (fact 9.3).
    Platform,
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
