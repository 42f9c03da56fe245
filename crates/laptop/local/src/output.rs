//! What is printed while serving: the functions' log lines and the access log.

use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use lambda_host::{LogLine, LogSource};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, as Lambda's JSON log format has it.
    Json,
}

/// Prints lines from a thread of its own, so that a slow terminal holds up no request: when it cannot
/// keep up, lines are left out and counted.
#[derive(Debug, Clone)]
pub struct Output {
    lines: Option<SyncSender<String>>,
    left_out: Arc<AtomicU64>,
    format: LogFormat,
    color: bool,
}

/// As many lines as may wait to be printed.
const WAITING: usize = 10_000;

impl Output {
    /// Prints to standard output.
    #[must_use]
    pub fn stdout(format: LogFormat) -> Self {
        let (lines, waiting) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&left_out);
        std::thread::spawn(move || print(&waiting, &counter));
        Self {
            lines: Some(lines),
            left_out,
            format,
            color: format == LogFormat::Text && std::io::stdout().is_terminal(),
        }
    }

    /// Prints nothing.
    #[must_use]
    pub fn none(format: LogFormat) -> Self {
        Self {
            lines: None,
            left_out: Arc::default(),
            format,
            color: false,
        }
    }

    pub(crate) fn format(&self) -> LogFormat {
        self.format
    }

    /// Whether anybody reads.
    pub(crate) fn is_read(&self) -> bool {
        self.lines.is_some()
    }

    /// Prints a line.
    pub(crate) fn line(&self, line: String) {
        if let Some(lines) = &self.lines
            && lines.try_send(line).is_err()
        {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Prints a line of a function's log, below the function's name for people, as it is otherwise.
    pub(crate) fn function(&self, line: &LogLine) {
        if !self.is_read() {
            return;
        }
        self.line(match (self.format, line.source) {
            (LogFormat::Json, _) => line.text.clone(),
            (LogFormat::Text, LogSource::Platform) => {
                let text = format!("{:>20} | {}", line.function, line.text);
                self.paint(DIM, &text)
            }
            (LogFormat::Text, LogSource::Function) => {
                format!("{:>20} | {}", line.function, line.text)
            }
            (LogFormat::Text, LogSource::Host) => {
                let text = format!("{:>20} | cargo local: {}", line.function, line.text);
                self.paint(YELLOW, &text)
            }
        });
    }

    /// `text` in a color, where colors are seen.
    pub(crate) fn paint(&self, color: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

pub(crate) const DIM: &str = "2";
pub(crate) const GREEN: &str = "32";
pub(crate) const YELLOW: &str = "33";
pub(crate) const RED: &str = "31";

fn print(waiting: &Receiver<String>, left_out: &AtomicU64) {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    // Who closes our standard output wants no more lines.
    while let Ok(line) = waiting.recv() {
        let mut next = Some(line);
        while let Some(line) = next {
            if writeln!(out, "{line}").is_err() {
                return;
            }
            next = waiting.try_recv().ok();
        }
        let missing = left_out.swap(0, Ordering::Relaxed);
        if missing > 0 && writeln!(out, "… {missing} lines left out").is_err() {
            return;
        }
        if out.flush().is_err() {
            return;
        }
    }
}
