//! Shows the progress of a build on standard error.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use request_log::{add_bar, say};

const WAITING: &str = "{spinner} {wide_msg}";
const COUNTING: &str = "{bar:24} {pos}/{len} {wide_msg}";

/// Reports build progress.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    has_lines: bool,
    has_color: bool,
}

/// Shows the progress of one build until it is dropped.
pub(crate) struct Shown<'a> {
    progress: &'a Progress,
    /// How many quarters of the crates are compiled.
    quarters: Option<u64>,
}

/// What Cargo's own progress bar says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Count<'a> {
    done: u64,
    total: u64,
    crates: &'a str,
}

impl Progress {
    /// A bar on standard error, or lines if that cannot show one.
    #[must_use]
    pub fn terminal() -> Self {
        let bar = add_bar(ProgressBar::no_length().with_style(style(WAITING)));
        Self {
            has_lines: bar.is_hidden(),
            has_color: Term::stderr().features().colors_supported(),
            bar,
        }
    }

    /// No progress. The compiler's messages are still shown.
    #[must_use]
    pub fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            has_lines: false,
            has_color: false,
        }
    }

    /// Whether the compiler's messages may have colors.
    pub(crate) fn has_color(&self) -> bool {
        self.has_color
    }

    pub(crate) fn begin(&self) -> Shown<'_> {
        self.bar.reset();
        self.bar.set_style(style(WAITING));
        self.bar.set_message("cargo reads the workspace");
        self.bar.enable_steady_tick(Duration::from_millis(100));
        Shown {
            progress: self,
            quarters: None,
        }
    }
}

impl Shown<'_> {
    pub(crate) fn count(&mut self, count: &Count<'_>) {
        let Progress { bar, .. } = self.progress;
        if bar.length() != Some(count.total) {
            bar.set_style(style(COUNTING));
            bar.set_length(count.total);
        }
        bar.set_position(count.done);
        bar.set_message(format!("compiling {}", count.crates));
        let quarters = count.done * 4 / count.total.max(1);
        let before = self.quarters.replace(quarters);
        // The first count includes what was compiled earlier.
        if self.progress.has_lines && before.is_some_and(|before| before < quarters) {
            say(&format!("  compiled {} of {}", count.done, count.total));
        }
    }

    pub(crate) fn message(&self, text: &'static str) {
        self.progress.bar.set_message(text);
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.progress.bar.finish_and_clear();
    }
}

impl<'a> Count<'a> {
    /// Parses a line of Cargo's progress bar: `Building [=====>    ] 12/34: syn, quote`. Cargo counts
    /// what it compiles and what is there already. Its JSON messages do not have the total.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let bar = line.trim().strip_prefix("Building [")?;
        let (_, count) = bar.split_once(']')?;
        let (numbers, crates) = count.split_once(": ").unwrap_or((count, ""));
        let (done, total) = numbers.trim().split_once('/')?;
        Some(Self {
            done: done.parse().ok()?,
            total: total.parse().ok()?,
            crates: crates.trim(),
        })
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn the_count_and_the_crates_are_read_from_cargos_bar() {
        let line = "    Building [====>   ] 152/205: num-bigint-dig, users-get(bin)        ";

        let expected = Count {
            done: 152,
            total: 205,
            crates: "num-bigint-dig, users-get(bin)",
        };
        assert_eq!(Count::parse(line), Some(expected));
    }

    #[test]
    fn other_lines_of_cargo_have_no_count() {
        for line in [
            "",
            "   Compiling syn v2.0.119",
            "    Building [==",
            "error: [1/2]",
        ] {
            assert_eq!(Count::parse(line), None, "{line}");
        }
    }
}
