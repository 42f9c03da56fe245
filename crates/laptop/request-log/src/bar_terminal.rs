//! What progress bars are drawn on.

use std::io;

use console::{Term, is_dumb};
use indicatif::{ProgressDrawTarget, TermLike};

/// A terminal whose cursor is at the start of a bar's line after the bar was drawn. indicatif leaves it behind the last
/// column. There, the `^C` that a terminal shows for Ctrl-C begins another line, which is cleared instead of the bar.
#[derive(Debug)]
struct BarTerminal(Term);

/// Returns standard error, or nothing if it cannot show bars.
pub(crate) fn target() -> ProgressDrawTarget {
    let terminal = Term::buffered_stderr();
    if !terminal.is_term() || is_dumb() {
        return ProgressDrawTarget::hidden();
    }
    ProgressDrawTarget::term_like(Box::new(BarTerminal(terminal)))
}

impl TermLike for BarTerminal {
    fn width(&self) -> u16 {
        TermLike::width(&self.0)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{ProgressBar, ProgressStyle};

    use super::*;

    #[test]
    fn the_cursor_is_at_the_start_of_the_line_of_a_bar() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || file.reopen().unwrap();
        let terminal = BarTerminal(Term::read_write_pair(open(), open()));
        let bar = ProgressBar::with_draw_target(
            Some(2),
            ProgressDrawTarget::term_like(Box::new(terminal)),
        );

        bar.set_style(ProgressStyle::with_template("{pos}/{len}").unwrap());
        bar.tick();

        let drawn = std::fs::read_to_string(file.path()).unwrap();
        let line = drawn.strip_suffix('\r').expect(&drawn);
        assert_eq!(line.trim_end(), "0/2");
    }
}
