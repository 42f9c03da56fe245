//! Brings together what belongs to one request: the lines that its functions write, the calls that are
//! denied, and the answer. They arrive from different tasks.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use lambda_host::{LogLine, LogSource};
use uuid::Uuid;

use crate::{
    access_log::{Access, Invoking},
    request_record::{DeniedCall, LineSource, RecordedLine, RequestRecord},
};

/// After this time, the lines of a running request are shown before its answer.
const LONG: Duration = Duration::from_secs(1);

/// How long an answer waits for the end of its invocation, and an ended invocation for its answer.
const LAST: Duration = Duration::from_millis(500);

/// The most that is kept of the lines of one request.
const MOST_LINES: usize = 1_000;
const MOST_BYTES: usize = 256 * 1024;

/// What to show next.
#[derive(Debug, PartialEq)]
pub(crate) enum Shown {
    Request {
        record: Box<RequestRecord>,
        /// The number of its lines that were shown already.
        printed: usize,
    },
    /// A line that belongs to no request, or to one that takes long.
    Line {
        function: String,
        request_id: Option<String>,
        line: RecordedLine,
    },
    Denied(DeniedCall),
}

/// The requests that are running, by API Gateway's id.
#[derive(Debug, Default)]
pub(crate) struct RequestGrouping {
    running: HashMap<String, Running>,
    /// The requests of the invocations.
    requests: HashMap<Uuid, String>,
}

#[derive(Debug)]
struct Running {
    /// A Lambda authorizer and the function of the route, as far as they have been invoked.
    invocations: Vec<Invocation>,
    begun: Instant,
    access: Option<Access>,
    /// The time when the request is printed even if a report or its access line is missing.
    last: Option<Instant>,
    /// The lines, each with the position of its invocation.
    lines: Vec<(usize, RecordedLine)>,
    bytes: usize,
    left_out: usize,
    printed: usize,
    denied: Vec<DeniedCall>,
}

#[derive(Debug)]
struct Invocation {
    invoking: Invoking,
    /// Whether Lambda has started it.
    started: bool,
    report: Option<Report>,
}

#[derive(Debug)]
struct Report {
    init: Option<Duration>,
}

impl RequestGrouping {
    /// A request is about to invoke a function.
    pub(crate) fn begin(&mut self, invoking: Invoking, now: Instant) {
        let id = invoking.request_id.clone();
        self.requests.insert(invoking.invocation, id.clone());
        let running = self.running.entry(id).or_insert_with(|| Running {
            invocations: Vec::new(),
            begun: now,
            access: None,
            last: None,
            lines: Vec::new(),
            bytes: 0,
            left_out: 0,
            printed: 0,
            denied: Vec::new(),
        });
        running.last = None;
        running.invocations.push(Invocation {
            invoking,
            started: false,
            report: None,
        });
    }

    /// A function or Lambda has written a line.
    pub(crate) fn log(&mut self, log: LogLine, now: Instant) -> Vec<Shown> {
        let line = match log.source {
            LogSource::Function => RecordedLine::of_function(log.text),
            LogSource::Platform | LogSource::Report { .. } => RecordedLine {
                source: LineSource::Platform,
                text: log.text,
            },
            LogSource::Host => RecordedLine {
                source: LineSource::Host,
                text: log.text,
            },
        };
        let request = log
            .request_id
            .and_then(|id| self.requests.get(&id))
            .cloned();
        let running = request.as_ref().and_then(|id| self.running.get_mut(id));
        let Some((request, running)) = request.as_ref().zip(running) else {
            return vec![Shown::Line {
                function: log.function.to_string(),
                request_id: None,
                line,
            }];
        };
        let mut invocations = running.invocations.iter_mut().enumerate();
        if let Some((at, invocation)) =
            invocations.find(|(_, own)| Some(own.invoking.invocation) == log.request_id)
        {
            invocation.started = true;
            if let LogSource::Report { init } = log.source {
                invocation.report = Some(Report { init });
            }
            running.add(at, line);
        }
        if running.is_reported() {
            running.last = Some(now + LAST);
            if running.access.is_some() {
                return self.end(request);
            }
        }
        self.due(now)
    }

    /// A call of a function was denied. `trace_id` is of the invocation that made it.
    pub(crate) fn denied(&mut self, call: DeniedCall, trace_id: Option<&str>) -> Vec<Shown> {
        let mut own = self.running.values_mut().filter(|running| {
            let given = trace_id.map(root);
            running
                .invocations
                .iter()
                .any(|Invocation { invoking, .. }| {
                    invoking.function == call.function
                        && given.is_none_or(|given| given == root(&invoking.trace_id))
                })
        });
        match (own.next(), own.next()) {
            (Some(running), None) => {
                // A call that is retried is denied several times.
                if !running.denied.contains(&call) {
                    running.denied.push(call);
                }
                Vec::new()
            }
            _ => vec![Shown::Denied(call)],
        }
    }

    /// A request was answered.
    pub(crate) fn answer(&mut self, access: Access, now: Instant) -> Vec<Shown> {
        let Some(running) = self.running.get_mut(&access.request_id) else {
            return vec![Shown::Request {
                record: Box::new(record(access)),
                printed: 0,
            }];
        };
        let id = access.request_id.clone();
        running.access = Some(access);
        running.last = Some(now + LAST);
        if running.is_in_progress() {
            return Vec::new();
        }
        self.end(&id)
    }

    /// Returns what need not wait any longer at `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Shown> {
        let mut shown = Vec::new();
        let mut late = Vec::new();
        for (id, running) in &mut self.running {
            if running.last.is_some_and(|last| last <= now) {
                late.push(id.clone());
            } else if running.begun + LONG <= now && running.access.is_none() {
                shown.extend(running.unprinted());
            }
        }
        shown.extend(late.iter().flat_map(|id| self.end(id)));
        shown
    }

    /// Returns the time of the next [`due`](Self::due).
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let times = self.running.values().filter_map(|running| {
            let waits = running.access.is_none() && running.printed < running.lines.len();
            running.last.or(waits.then_some(running.begun + LONG))
        });
        times.min()
    }

    fn end(&mut self, id: &str) -> Vec<Shown> {
        let Some(mut running) = self.running.remove(id) else {
            return Vec::new();
        };
        for own in &running.invocations {
            self.requests.remove(&own.invoking.invocation);
        }
        let Some(access) = running.access.take() else {
            // The client has disconnected, so that there is no answer.
            let denied = std::mem::take(&mut running.denied);
            let denied = denied.into_iter().map(Shown::Denied);
            return running.unprinted().into_iter().chain(denied).collect();
        };
        let lines = running.lines.into_iter().map(|(_, line)| line);
        let lines: Vec<RecordedLine> = lines.collect();
        let causes = lines.iter().filter_map(RecordedLine::cause);
        let mut record = record(access);
        record.causes.extend(causes);
        let last = running.invocations.pop();
        record.init = last.and_then(|own| own.report?.init);
        record.lines = lines;
        record.left_out = running.left_out;
        record.denied = running.denied;
        vec![Shown::Request {
            record: Box::new(record),
            printed: running.printed,
        }]
    }
}

impl Running {
    /// Whether an invocation that Lambda has started has not ended.
    fn is_in_progress(&self) -> bool {
        let mut invocations = self.invocations.iter();
        invocations.any(|own| own.started && own.report.is_none())
    }

    /// Whether all invocations have ended.
    fn is_reported(&self) -> bool {
        self.invocations.iter().all(|own| own.report.is_some())
    }

    /// Adds a line of the invocation at this position.
    fn add(&mut self, invocation: usize, line: RecordedLine) {
        let bytes = self.bytes + line.text.len();
        // Lambda writes few lines, of which the last has the figures.
        let is_lambdas = line.source == LineSource::Platform;
        if is_lambdas || (bytes <= MOST_BYTES && self.lines.len() < MOST_LINES) {
            self.bytes = bytes;
            self.lines.push((invocation, line));
        } else {
            self.left_out += 1;
        }
    }

    /// Returns the lines that were not shown yet, which are then shown.
    fn unprinted(&mut self) -> Vec<Shown> {
        let lines = self.lines.iter().skip(self.printed);
        let shown = lines.map(|(at, line)| {
            let invoking = &self.invocations[*at].invoking;
            Shown::Line {
                function: invoking.function.clone(),
                request_id: Some(invoking.request_id.clone()),
                line: line.clone(),
            }
        });
        let shown = shown.collect();
        self.printed = self.lines.len();
        shown
    }
}

/// Returns the root of a trace: `Root=1-…`.
fn root(trace_id: &str) -> &str {
    trace_id.split(';').next().unwrap_or_default()
}

fn record(access: Access) -> RequestRecord {
    let (function, invocation, error) = match access.invoked {
        Some(invoked) => (
            Some(invoked.function),
            Some(invoked.invocation.to_string()),
            invoked.error,
        ),
        None => (None, None, None),
    };
    RequestRecord {
        time: access.time,
        request_id: access.request_id,
        invocation,
        method: access.method.to_string(),
        path: access.path,
        status: access.status.as_u16(),
        took: access.took,
        function,
        init: None,
        causes: error.or(access.reason).into_iter().collect(),
        denied: Vec::new(),
        lines: Vec::new(),
        left_out: 0,
    }
}

#[cfg(test)]
mod tests;
