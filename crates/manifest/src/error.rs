//! Errors, which name the file and the field.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

/// The reason why declarations could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo cannot read the workspace; its message is the source.
    #[error("cargo cannot read the workspace")]
    Cargo(#[source] cargo_metadata::Error),
    #[error("cannot start cargo; install Rust as https://rustup.rs says")]
    NoCargo(#[source] std::io::Error),
    /// Every mistake in the declarations, in the order of files and lines.
    #[error("{}", lines(.0))]
    Declarations(Vec<Problem>),
}

impl Error {
    /// Returns the mistakes in the declarations; none if the files could not be read at all.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Declarations(problems) => problems,
            Self::Cargo(_) | Self::NoCargo(_) => &[],
        }
    }

    /// Returns the error with its causes, as it is printed.
    #[must_use]
    pub fn to_message(&self) -> String {
        let mut message = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source();
        }
        message
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

/// One mistake in a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The manifest, relative to the workspace's root.
    pub file: PathBuf,
    /// The line of the field, or of the table that lacks it.
    pub line: Option<usize>,
    /// The field, as written in TOML: `package.metadata.route.method`.
    pub field: String,
    /// What is wrong, and what is valid.
    pub message: String,
}

impl Problem {
    /// Sets the line, and makes the file relative to the workspace's folder `root`.
    pub(crate) fn locate(&mut self, root: &Path) {
        // Cargo has read the file, so it is TOML, unless it has changed since.
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        self.line = line_of(&self.field, &text);
        if let Ok(file) = self.file.strip_prefix(root) {
            self.file = file.to_path_buf();
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}: {}", self.field, self.message)
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Found(Vec<Problem>);

impl Found {
    pub(crate) fn in_file<'a>(&'a mut self, file: &'a Path) -> Problems<'a> {
        Problems {
            file,
            found: &mut self.0,
        }
    }

    /// Fails if there is a mistake. `root` is the workspace's folder.
    pub(crate) fn into_result(self, root: &Path) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut problems = self.0;
        for problem in &mut problems {
            problem.locate(root);
        }
        problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        Err(Error::Declarations(problems))
    }
}

/// Collects the mistakes of one manifest.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    file: &'a Path,
    found: &'a mut Vec<Problem>,
}

impl Problems<'_> {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.found.push(Problem {
            file: self.file.to_path_buf(),
            line: None,
            field: field.into(),
            message: message.into(),
        });
    }
}

/// Returns the line of `field` in a manifest, or of the innermost table around it.
fn line_of(field: &str, manifest: &str) -> Option<usize> {
    let document = DeTable::parse(manifest).ok()?;
    let mut table = document.get_ref();
    let mut rest = field;
    let mut found = None;
    while let Some((key, value, after)) = table.iter().find_map(|(key, value)| {
        let after = after_key(rest, key.get_ref())?;
        Some((key, value, after))
    }) {
        found = Some(key.span().start);
        rest = after;
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    let before = manifest.get(..found?)?;
    Some(1 + before.matches('\n').count())
}

/// Returns what follows `key` in a dotted field, where it may be quoted.
fn after_key<'a>(field: &'a str, key: &str) -> Option<&'a str> {
    let quoted = format!("{key:?}");
    let after = field
        .strip_prefix(key)
        .or_else(|| field.strip_prefix(&quoted))?;
    if after.is_empty() {
        Some(after)
    } else {
        after.strip_prefix('.')
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_field_has_the_line_of_its_key() {
        let manifest = "[package]\nname = \"a\"\n\n[package.metadata.route]\n\
                        path = 1\nthrottle = { rate = 0 }\n\
                        [package.metadata.route.tables]\n\"notes/by-day\" = []\n";
        for (field, line) in [
            ("package.name", 2),
            ("package.metadata.route.path", 5),
            ("package.metadata.route.throttle.rate", 6),
            ("package.metadata.route.tables.\"notes/by-day\"", 8),
        ] {
            assert_eq!(line_of(field, manifest), Some(line), "{field}");
        }
    }

    #[test]
    fn a_missing_field_has_the_line_of_its_table() {
        let manifest = "[package]\nname = \"a\"\n[package.metadata.route]\npath = 1\n";

        assert_eq!(line_of("package.description", manifest), Some(1));
        assert_eq!(line_of("package.metadata.route.method", manifest), Some(3));
        assert_eq!(line_of("bin", manifest), None);
    }
}
