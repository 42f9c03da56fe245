//! The text of a request: one line, and indented under it why it failed and what its function wrote.

use console::measure_text_width;
use jiff::tz::TimeZone;

use crate::{
    request_record::{DeniedCall, LineSource, RecordedLine, RequestRecord},
    terminal::{Style, Terminal, escaped},
};

/// The number of characters of an id that are printed. They are random.
const SHORT_ID: usize = 6;

/// The indentation of what belongs to a request: the width of the time.
const INDENT: &str = "         ";

/// How requests are printed.
#[derive(Debug, Clone)]
pub struct RequestText {
    pub terminal: Terminal,
    /// Whether Lambda's lines and metrics are shown.
    pub verbose: bool,
    pub zone: TimeZone,
}

/// The columns that a terminal has room for.
struct Columns {
    time: bool,
    path: usize,
    /// The width of the function and the cold start together.
    function: Option<usize>,
    cold: bool,
}

impl Columns {
    fn of(width: Option<usize>) -> Self {
        let (time, function, cold) = match width {
            None => (true, Some(31), true),
            Some(100..) => (true, Some(31), true),
            Some(80..) => (true, Some(24), true),
            Some(60..) => (true, None, true),
            Some(_) => (false, None, false),
        };
        let mut columns = Self {
            time,
            path: 32,
            function,
            cold,
        };
        if let Some(width) = width {
            let others = columns.width() - columns.path;
            columns.path = width.saturating_sub(others).clamp(8, 40);
        }
        columns
    }

    /// The width of a line: status, method, path, duration, id, and the columns there are.
    fn width(&self) -> usize {
        let time = if self.time { INDENT.len() } else { 0 };
        let function = match (self.function, self.cold) {
            (Some(width), _) => width + 2,
            (None, true) => "cold 999".len() + 2,
            (None, false) => 0,
        };
        time + "200 DELETE ".len() + self.path + " 29999 ms ".len() + function + SHORT_ID
    }
}

impl RequestText {
    /// Returns a request's line and what belongs to it, without the first `printed` lines of its
    /// function.
    pub(crate) fn block(&self, record: &RequestRecord, printed: usize) -> Vec<String> {
        let mut block = vec![self.line(record)];
        block.extend(self.failures(record, self.verbose));
        let lines = record.lines.iter().skip(printed);
        let lines = lines.filter(|line| self.shows(line));
        block.extend(lines.map(|line| self.indented(line)));
        block.extend(self.left_out(record));
        block
    }

    /// Returns everything that is known of a request.
    pub fn story(&self, record: &RequestRecord) -> Vec<String> {
        let time = record.time.to_zoned(self.zone.clone());
        let mut facts = vec![
            ("request id", record.request_id.clone()),
            (
                "time",
                time.strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string(),
            ),
        ];
        if let Some(function) = &record.function {
            facts.push(("function", function.clone()));
        }
        if let Some(invocation) = &record.invocation {
            facts.push(("Lambda's id", invocation.clone()));
        }
        if let Some(init) = record.init {
            facts.push((
                "cold start",
                format!("{:.1} ms", init.as_secs_f64() * 1000.0),
            ));
        }
        let mut story = vec![self.line(record)];
        story.extend(facts.iter().map(|(name, value)| {
            let name = self.terminal.paint(Style::Dim, &format!("{name:<12}"));
            format!("{INDENT}{name} {}", escaped(value))
        }));
        story.extend(self.failures(record, true));
        story.extend(record.lines.iter().map(|line| self.indented(line)));
        story.extend(self.left_out(record));
        story
    }

    /// Returns a line that belongs to no request, or to one that takes long, under its function's name.
    /// `None` if it is shown only with `--verbose`.
    pub(crate) fn loose(
        &self,
        function: &str,
        request_id: Option<&str>,
        line: &RecordedLine,
    ) -> Option<String> {
        let name = match request_id {
            Some(id) => format!("{function} {}", short(id)),
            None => function.to_owned(),
        };
        self.shows(line).then(|| {
            let name = self
                .terminal
                .paint(Style::Dim, &format!("{INDENT}{name} │ "));
            name + &self.content(line)
        })
    }

    /// Returns a denied call and where to declare it.
    pub(crate) fn denied(&self, call: &DeniedCall) -> Vec<String> {
        let DeniedCall {
            function, action, ..
        } = call;
        let what = match &call.resource {
            Some(resource) => format!("{function} may not {action} on {resource}"),
            None => format!("{function} may not {action}, and no declaration can permit it"),
        };
        let mut lines = vec![self.failure(Style::Red, &what)];
        if let Some(place) = &call.place {
            let place = format!("{INDENT}  declare it: {place}");
            lines.push(self.terminal.paint(Style::Red, &place));
        }
        lines
    }

    /// Returns why a request failed. A denied call makes DynamoDB's long message about it redundant; it is
    /// shown only with `all`.
    fn failures(&self, record: &RequestRecord, all: bool) -> Vec<String> {
        let style = status_style(record.status);
        let denied = record.denied.iter().flat_map(|call| self.denied(call));
        let causes = record.causes.iter().filter(|cause| {
            all || record.denied.is_empty() || !cause.contains("AccessDeniedException")
        });
        denied
            .chain(causes.map(|cause| self.failure(style, cause)))
            .collect()
    }

    fn failure(&self, style: Style, text: &str) -> String {
        self.terminal.paint(style, &format!("{INDENT}✗ {text}"))
    }

    fn left_out(&self, record: &RequestRecord) -> Option<String> {
        (record.left_out > 0).then(|| {
            let text = format!("{INDENT}  … {} lines left out", record.left_out);
            self.terminal.paint(Style::Dim, &text)
        })
    }

    fn shows(&self, line: &RecordedLine) -> bool {
        self.verbose || line.is_the_functions_own()
    }

    fn indented(&self, line: &RecordedLine) -> String {
        let bar = self.terminal.paint(Style::Dim, &format!("{INDENT}  │ "));
        bar + &self.content(line)
    }

    fn content(&self, line: &RecordedLine) -> String {
        let text = &line.text;
        match line.source {
            LineSource::Function => escaped(text).into_owned(),
            LineSource::Metrics | LineSource::Platform => self.terminal.paint(Style::Dim, text),
            LineSource::Host => {
                let text = format!("cargo local: {text}");
                self.terminal.paint(Style::Yellow, &text)
            }
        }
    }

    /// Returns one line: aligned, or where the path or the function is too long, with less space between
    /// the columns. If even that is too wide for the terminal, without the function, and last with a
    /// shortened path.
    pub fn line(&self, record: &RequestRecord) -> String {
        let columns = Columns::of(self.terminal.width);
        let time = record.time.to_zoned(self.zone.clone());
        let time = match columns.time {
            true => time.strftime("%H:%M:%S ").to_string(),
            false => String::new(),
        };
        let (status, path) = (record.status.to_string(), escaped(&record.path));
        let method = format!("{:<6}", escaped(&record.method));
        let took = format!("{:.0} ms", record.took.as_secs_f64() * 1000.0);
        let cold = record
            .init
            .filter(|_| columns.cold)
            .map(|init| format!("cold {:.0}", init.as_secs_f64() * 1000.0))
            .unwrap_or_default();
        let function = columns.function.and(record.function.as_deref());
        let function = escaped(function.unwrap_or_default());
        let id = short(&record.request_id);

        let before = width(&time) + width(&status) + width(&method) + 2;
        let limit = self.terminal.width.unwrap_or(usize::MAX);
        let aligned = aligned(&columns, &path, &took, &function, &cold);
        let middle = aligned
            .or_else(|| {
                let attempts = [
                    vec![&*path, &took, &function, &cold],
                    vec![&*path, &took, &cold],
                    vec![&*path, &took],
                ];
                let mut attempts = attempts.iter().map(|columns| joined(columns));
                attempts.find(|middle| before + width(middle) + 1 + SHORT_ID <= limit)
            })
            .unwrap_or_else(|| {
                let room = limit.saturating_sub(before + 1 + width(&took) + 1 + SHORT_ID);
                format!("{} {took}", shortened(&path, room))
            });
        // The id stands in its column, unless the line is longer than usual.
        let id_column = columns.width() - SHORT_ID;
        let space = id_column.saturating_sub(before + width(&middle)).max(1);
        format!(
            "{}{} {method} {middle}{}{}",
            self.terminal.paint(Style::Dim, &time),
            self.terminal.paint(status_style(record.status), &status),
            " ".repeat(space),
            self.terminal.paint(Style::Dim, &id),
        )
    }
}

/// Returns the columns between method and id, or `None` if something is longer than its column.
fn aligned(
    columns: &Columns,
    path: &str,
    took: &str,
    function: &str,
    cold: &str,
) -> Option<String> {
    let path_space = columns.path.checked_sub(width(path))?;
    let path = format!("{path}{} {took:>8}", " ".repeat(path_space));
    let Some(function_width) = columns.function else {
        return Some(format!("{path}  {cold}").trim_end().to_owned());
    };
    let space = function_width.checked_sub(width(function) + width(cold))?;
    if space == 0 && !cold.is_empty() {
        return None;
    }
    let space = " ".repeat(space);
    Some(
        format!("{path}  {function}{space}{cold}")
            .trim_end()
            .to_owned(),
    )
}

fn joined(columns: &[&str]) -> String {
    let filled = columns.iter().filter(|column| !column.is_empty());
    filled.copied().collect::<Vec<_>>().join(" ")
}

/// Returns the number of columns of a text without control characters.
fn width(text: &str) -> usize {
    // Almost every text is ASCII. `console` looks at each character, a third of the instructions for a line.
    if text.is_ascii() {
        text.len()
    } else {
        measure_text_width(text)
    }
}

/// Returns the beginning of a text in at most `room` columns.
fn shortened(text: &str, room: usize) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        if width(&kept) + width(c.encode_utf8(&mut [0; 4])) + 1 > room {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

fn short(id: &str) -> String {
    id.chars().take(SHORT_ID).collect()
}

fn status_style(status: u16) -> Style {
    match status {
        ..400 => Style::Green,
        400..500 => Style::Yellow,
        _ => Style::Red,
    }
}

#[cfg(test)]
mod tests;
