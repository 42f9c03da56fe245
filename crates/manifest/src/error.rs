//! Why a workspace cannot be read, in words that name the file and the field.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why declarations could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo cannot read the workspace; its message is the source.
    #[error("cargo cannot read the workspace")]
    Cargo(#[source] cargo_metadata::Error),
    /// Cargo cannot be started.
    #[error("cannot start cargo; install Rust as https://rustup.rs says")]
    NoCargo(#[source] std::io::Error),
    /// What is declared is wrong: every mistake found, in the order of the files.
    #[error("{}", Lines(.0))]
    Declarations(Vec<Problem>),
}

impl Error {
    /// The mistakes found in the declarations; empty when the files could not be read at all.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Declarations(problems) => problems,
            Self::Cargo(_) | Self::NoCargo(_) => &[],
        }
    }
}

impl Error {
    /// The error with its causes, as it is printed.
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

/// One mistake in a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The manifest it stands in.
    pub file: PathBuf,
    /// The field, as written in TOML: `package.metadata.route.method`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: {}",
            self.file.display(),
            self.field,
            self.message
        )
    }
}

/// Collects the mistakes of one manifest.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    file: &'a Path,
    found: &'a mut Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(file: &'a Path, found: &'a mut Vec<Problem>) -> Self {
        Self { file, found }
    }

    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.found.push(Problem {
            file: self.file.to_path_buf(),
            field: field.into(),
            message: message.into(),
        });
    }
}

/// Turns "nothing was found" into success.
pub(crate) fn none_or_all(problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Declarations(problems))
    }
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}
