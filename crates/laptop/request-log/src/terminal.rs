//! The terminal or pipe that this process writes to: colors, width, the escaping of other people's text, and
//! progress bars beside other output.

use std::{borrow::Cow, fmt::Write as _, sync::LazyLock};

use console::Term;
use indicatif::{MultiProgress, ProgressBar};

use crate::bar_terminal;

/// The progress bars of this process. Other output is written while they are hidden.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(bar_terminal::target()));

/// What lines are printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    pub color: bool,
    /// The number of columns. A pipe has no limit.
    pub width: Option<usize>,
}

/// A parameter of the escape sequence that selects a color or weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Dim,
    Green,
    Yellow,
    Red,
}

impl Terminal {
    /// A pipe: neither colors nor a width.
    pub const PIPE: Self = Self {
        color: false,
        width: None,
    };

    /// Standard output as it is now. A terminal has colors unless `NO_COLOR` is set or `TERM` is `dumb`.
    pub fn stdout() -> Self {
        let stdout = Term::stdout();
        if !stdout.is_term() {
            return Self::PIPE;
        }
        Self {
            color: stdout.features().colors_supported(),
            width: stdout
                .size_checked()
                .map(|(_, columns)| usize::from(columns)),
        }
    }

    /// Returns the text, escaped and in a style.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let text = escaped(text);
        let code = match style {
            Style::Dim => 2,
            Style::Green => 32,
            Style::Yellow => 33,
            Style::Red => 31,
        };
        if self.color && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.into_owned()
        }
    }
}

/// Shows a progress bar on standard error.
#[must_use]
pub fn add_bar(bar: ProgressBar) -> ProgressBar {
    BARS.add(bar)
}

/// Hides the progress bars while `write` writes to the terminal.
pub(crate) fn beside_bars<T>(write: impl FnOnce() -> T) -> T {
    BARS.suspend(write)
}

/// Prints a line on standard error.
pub fn say(line: &str) {
    beside_bars(|| eprintln!("{line}"));
}

/// Replaces characters that change what a terminal shows, or that begin another line, by `\uXXXX`. In a
/// line of JSON they occur only in strings, where the escape means the same character.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_the_only_control_characters_of_a_text() {
        let terminal = Terminal {
            color: true,
            width: None,
        };

        let painted = terminal.paint(Style::Red, "GET /: unknown key \u{1b}[2J\nFORGED");

        assert_eq!(
            painted,
            "\u{1b}[31mGET /: unknown key \\u001b[2J\\u000aFORGED\u{1b}[0m"
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
