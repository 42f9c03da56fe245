//! The output while serving: the functions' log lines and the access log.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use lambda_host::{LogLine, LogSource};

use crate::build_progress::beside_bar;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, as Lambda's JSON log format has it.
    Json,
}

/// Prints lines in a separate thread, so that a slow terminal delays no request. If it cannot keep up,
/// lines are left out and counted.
#[derive(Debug, Clone)]
pub struct Output {
    lines: Option<SyncSender<String>>,
    left_out: Arc<AtomicU64>,
    format: LogFormat,
    color: bool,
}

/// The greatest number of lines that wait to be printed.
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

    /// Whether lines are printed.
    pub(crate) fn is_read(&self) -> bool {
        self.lines.is_some()
    }

    /// Prints a line. On a terminal, its beginning has a color. Both parts may contain text that a client
    /// sent, so both are escaped.
    pub(crate) fn line(&self, color: &str, beginning: &str, rest: &str) {
        let Some(lines) = &self.lines else {
            return;
        };
        let (beginning, rest) = (escaped(beginning), escaped(rest));
        let line = if self.color && !color.is_empty() {
            format!("\x1b[{color}m{beginning}\x1b[0m{rest}")
        } else {
            format!("{beginning}{rest}")
        };
        if lines.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Prints a line of a function's log: as text after the function's name, as JSON unchanged.
    pub(crate) fn function(&self, line: &LogLine) {
        if !self.is_read() {
            return;
        }
        let named = |text: &str| format!("{:>20} | {text}", line.function);
        match (self.format, line.source) {
            (LogFormat::Json, _) => self.line(PLAIN, "", &line.text),
            (LogFormat::Text, LogSource::Platform) => self.line(DIM, &named(&line.text), ""),
            (LogFormat::Text, LogSource::Function) => self.line(PLAIN, "", &named(&line.text)),
            (LogFormat::Text, LogSource::Host) => {
                self.line(YELLOW, &named(&format!("cargo local: {}", line.text)), "");
            }
        }
    }
}

/// Replaces characters that change what a terminal shows, or that begin another line, by `\uXXXX`. In a
/// line of JSON they occur only in strings, where the escape means the same character.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // A String takes every text.
                let _ = write!(printable, "\\u{unit:04x}");
            }
        } else {
            printable.push(c);
        }
    }
    Cow::Owned(printable)
}

/// Control characters except the tab, which Lambda's own lines contain, line and paragraph separators,
/// and format characters (Unicode's category Cf).
fn is_unprintable(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}')
}

pub(crate) const PLAIN: &str = "";
pub(crate) const DIM: &str = "2";
pub(crate) const GREEN: &str = "32";
pub(crate) const YELLOW: &str = "33";
pub(crate) const RED: &str = "31";

fn print(waiting: &Receiver<String>, left_out: &AtomicU64) {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    // If standard output is closed, no more lines are printed.
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
        if beside_bar(|| out.flush()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_the_only_control_characters_of_a_line() {
        let (lines, written) = sync_channel(1);
        let output = Output {
            color: true,
            lines: Some(lines),
            ..Output::none(LogFormat::Text)
        };

        output.line(RED, "403", " GET /: unknown key \u{1b}[2J\nFORGED");

        assert_eq!(
            written.recv().unwrap(),
            "\u{1b}[31m403\u{1b}[0m GET /: unknown key \\u001b[2J\\u000aFORGED"
        );
    }

    #[test]
    fn characters_that_change_a_terminal_are_escaped() {
        for (text, expected) in [
            ("GET /notes/1\tok", "GET /notes/1\tok"),
            ("Taquería 世界 😀", "Taquería 世界 😀"),
            ("\u{1b}[2J\nFORGED", "\\u001b[2J\\u000aFORGED"),
            ("\r\u{7f}\u{9b}", "\\u000d\\u007f\\u009b"),
            ("\u{202e}\u{2028}\u{feff}", "\\u202e\\u2028\\ufeff"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_escaped_line_of_json_means_the_same() {
        let line = serde_json::json!({ "path": "/a\u{1b}\n\u{9b}\u{202e}\u{e0041}" });

        let escaped = escaped(&line.to_string()).into_owned();

        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            line
        );
    }
}
