//! The lines that Lambda itself writes into a function's log (facts 9.3 and 9.4).

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{LogFormat, LogLine, LogSink, LogSource};

const RUNTIME_VERSION: &str = "provided:al2023.v0";

/// Writes one environment's log: the platform's lines in the configured format, the function's
/// unchanged.
pub(crate) struct Journal {
    pub(crate) sink: Arc<dyn LogSink>,
    pub(crate) format: LogFormat,
    pub(crate) function: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) region: String,
    pub(crate) memory_mb: u32,
    /// `2026/11/22/[$LATEST]32 hex digits`
    pub(crate) stream: Arc<str>,
    /// The invocation that is running.
    pub(crate) request_id: Option<Uuid>,
}

/// How an invocation or an init phase ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Timeout,
    Error(String),
}

/// The measurements of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) request_id: Uuid,
    pub(crate) duration: Duration,
    pub(crate) init: Option<Duration>,
    pub(crate) max_memory_mb: u64,
    pub(crate) status: Status,
}

/// The phase in which an init ran.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Init,
    Invoke,
}

impl Journal {
    pub(crate) fn function(&self, text: String) {
        self.write(LogSource::Function, text);
    }

    pub(crate) fn host(&self, text: String) {
        self.write(LogSource::Host, text);
    }

    pub(crate) fn init_start(&self) {
        let arn = format!("arn:aws:lambda:{}::runtime:{:064}", self.region, 0);
        match self.format {
            LogFormat::Text => self.platform(format!(
                "INIT_START Runtime Version: {RUNTIME_VERSION}\tRuntime Version ARN: {arn}"
            )),
            LogFormat::Json => {
                // Only this record has the function's name in the name of the stream.
                let instance = self
                    .stream
                    .replace("[$LATEST]", &format!("{}[$LATEST]", self.function));
                self.record(
                    "platform.initStart",
                    InitStart {
                        initialization_type: "on-demand",
                        phase: Phase::Init,
                        runtime_version: RUNTIME_VERSION,
                        runtime_version_arn: &arn,
                        function_name: &self.function,
                        function_version: "$LATEST",
                        instance_id: &instance,
                        instance_max_memory: u64::from(self.memory_mb) * 1024 * 1024,
                    },
                );
            }
        }
    }

    /// Written only for an init that failed.
    pub(crate) fn init_report(&self, duration: Duration, phase: Phase, status: &Status) {
        let milliseconds = milliseconds(duration);
        match self.format {
            LogFormat::Text => {
                let phase = match phase {
                    Phase::Init => "init",
                    Phase::Invoke => "invoke",
                };
                self.platform(format!(
                    "INIT_REPORT Init Duration: {milliseconds:.2} ms\tPhase: {phase}{}",
                    status.fields()
                ));
            }
            LogFormat::Json => self.record(
                "platform.initReport",
                InitReport {
                    initialization_type: "on-demand",
                    phase,
                    status: status.name(),
                    error_type: status.error_type(),
                    metrics: json!({ "durationMs": milliseconds }),
                },
            ),
        }
    }

    pub(crate) fn start(&mut self, request_id: Uuid) {
        self.request_id = Some(request_id);
        match self.format {
            LogFormat::Text => {
                self.platform(format!("START RequestId: {request_id} Version: $LATEST"))
            }
            LogFormat::Json => self.record(
                "platform.start",
                Start {
                    request_id: request_id.to_string(),
                    function_arn: &self.arn,
                    version: "$LATEST",
                },
            ),
        }
    }

    /// Writes `END` and `REPORT`. The JSON format has a record for the report only.
    pub(crate) fn report(&mut self, report: &Report) {
        let text = match self.format {
            LogFormat::Text => {
                self.platform(format!("END RequestId: {}", report.request_id));
                report.text(self.memory_mb)
            }
            LogFormat::Json => record("platform.report", report.record(self.memory_mb)),
        };
        self.write(LogSource::Report { init: report.init }, text);
        self.request_id = None;
    }

    fn record(&self, kind: &'static str, fields: impl Serialize) {
        self.platform(record(kind, fields));
    }

    fn platform(&self, text: String) {
        self.write(LogSource::Platform, text);
    }

    fn write(&self, source: LogSource, text: String) {
        self.sink.write(LogLine {
            function: Arc::clone(&self.function),
            stream: Arc::clone(&self.stream),
            request_id: self.request_id,
            source,
            text,
        });
    }
}

/// Returns a platform line in JSON.
fn record(kind: &'static str, record: impl Serialize) -> String {
    let time = format!("{:.3}", Timestamp::now());
    serde_json::to_string(&Record { time, kind, record })
        .expect("a record has string keys and finite numbers only")
}

impl Report {
    fn text(&self, memory_mb: u32) -> String {
        let Self {
            request_id,
            max_memory_mb,
            ..
        } = self;
        let duration = milliseconds(self.duration);
        let init = self.init.map_or_else(String::new, |init| {
            format!("Init Duration: {:.2} ms\t", milliseconds(init))
        });
        // The line ends in a tab; what failure adds follows it.
        format!(
            "REPORT RequestId: {request_id}\tDuration: {duration:.2} ms\tBilled Duration: {} ms\t\
             Memory Size: {memory_mb} MB\tMax Memory Used: {max_memory_mb} MB\t{init}{}",
            self.billed(),
            self.status.fields().trim_start()
        )
    }

    fn record(&self, memory_mb: u32) -> ReportRecord<'_> {
        ReportRecord {
            request_id: self.request_id.to_string(),
            metrics: Metrics {
                duration_ms: milliseconds(self.duration),
                billed_duration_ms: self.billed(),
                memory_size_mb: memory_mb,
                max_memory_used_mb: self.max_memory_mb,
                init_duration_ms: self.init.map(milliseconds),
            },
            status: self.status.name(),
            error_type: self.status.error_type(),
        }
    }

    /// Whole milliseconds, rounded up after init and request are added (fact 9.4).
    fn billed(&self) -> u128 {
        (microseconds(self.duration) + self.init.map_or(0, microseconds)).div_ceil(1_000)
    }
}

impl Status {
    fn name(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Timeout => "timeout",
            Self::Error(_) => "error",
        }
    }

    fn error_type(&self) -> Option<&str> {
        match self {
            Self::Error(error_type) => Some(error_type),
            Self::Success | Self::Timeout => None,
        }
    }

    fn fields(&self) -> String {
        match self {
            Self::Success => String::new(),
            Self::Timeout => "\tStatus: timeout".to_owned(),
            Self::Error(error_type) => format!("\tStatus: error\tError Type: {error_type}"),
        }
    }
}

/// Lambda counts in whole microseconds.
fn microseconds(duration: Duration) -> u128 {
    (duration.as_nanos() + 500) / 1_000
}

#[expect(
    clippy::cast_precision_loss,
    reason = "15 minutes are 9e8 microseconds, exact in f64"
)]
fn milliseconds(duration: Duration) -> f64 {
    microseconds(duration) as f64 / 1_000.0
}

#[derive(Serialize)]
struct Record<R> {
    time: String,
    #[serde(rename = "type")]
    kind: &'static str,
    record: R,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InitStart<'a> {
    initialization_type: &'static str,
    phase: Phase,
    runtime_version: &'static str,
    runtime_version_arn: &'a str,
    function_name: &'a str,
    function_version: &'static str,
    instance_id: &'a str,
    instance_max_memory: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InitReport<'a> {
    initialization_type: &'static str,
    phase: Phase,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    metrics: serde_json::Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    request_id: String,
    function_arn: &'a str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportRecord<'a> {
    request_id: String,
    metrics: Metrics,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
}

#[derive(Serialize)]
struct Metrics {
    #[serde(rename = "durationMs")]
    duration_ms: f64,
    #[serde(rename = "billedDurationMs")]
    billed_duration_ms: u128,
    #[serde(rename = "memorySizeMB")]
    memory_size_mb: u32,
    #[serde(rename = "maxMemoryUsedMB")]
    max_memory_used_mb: u64,
    #[serde(rename = "initDurationMs", skip_serializing_if = "Option::is_none")]
    init_duration_ms: Option<f64>,
}

#[cfg(test)]
mod tests;
