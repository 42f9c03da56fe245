//! Builds the functions with Cargo.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::SystemTime,
};

use cargo_metadata::{
    CompilerMessage, Message, TargetKind,
    diagnostic::{Diagnostic, DiagnosticLevel},
};
use manifest::{Function, Workspace};
use request_log::say;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::Command,
};

use crate::{
    build_progress::{Count, Progress, Shown},
    error::Error,
};

/// The binary of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The path.
    pub path: PathBuf,
    /// The time of its last change. Another time means another program.
    pub modified: Option<SystemTime>,
}

/// The result of a build.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// The functions that have a program.
    pub functions: BTreeSet<String>,
    /// The functions that could not be built.
    pub failed: BTreeSet<String>,
    /// The number of compile errors of each crate that has some.
    pub errors: BTreeMap<String, usize>,
}

/// How the functions are compiled.
#[derive(Debug, Clone)]
struct Profile {
    /// The name of the Cargo profile.
    name: String,
    /// The function that gets full debug information, with the local packages it is built from.
    debug: Option<String>,
}

impl Profile {
    /// Returns the arguments of `cargo build`. Only packages of the workspace are compiled again for a
    /// debugger: dependencies from a registry stay as they are, because compiling them takes minutes.
    fn arguments(&self, workspace: &Workspace) -> Vec<String> {
        let mut arguments = vec!["--profile".to_owned(), self.name.clone()];
        let debugged = self
            .debug
            .as_ref()
            .and_then(|name| workspace.function(name));
        if let Some(function) = debugged {
            for folder in std::iter::once(&function.folder).chain(&function.local_dependencies) {
                let package = format!("path+file://{}", folder.display());
                let setting = format!("profile.{}.package.{package:?}.debug='full'", self.name);
                arguments.extend(["--config".to_owned(), setting]);
            }
        }
        arguments
    }
}

/// Builds the functions of a workspace, as often as needed.
#[derive(Debug)]
pub struct Builder {
    profile: Profile,
    progress: Progress,
    /// The warnings that have been shown. Cargo repeats the warnings of crates that have not changed.
    warnings: BTreeSet<String>,
}

impl Builder {
    /// Builds with a Cargo profile.
    #[must_use]
    pub fn new(profile: &str, progress: Progress) -> Self {
        Self {
            profile: Profile {
                name: profile.to_owned(),
                debug: None,
            },
            progress,
            warnings: BTreeSet::new(),
        }
    }

    /// Gives a function full debug information.
    #[must_use]
    pub fn debug(mut self, function: Option<String>) -> Self {
        self.profile.debug = function;
        self
    }

    /// Builds the functions of `workspace`. Calls `linked` for each function as soon as its program is
    /// there, while Cargo builds the others. Functions that do not compile leave the others alone, and
    /// the compiler's messages have been shown.
    ///
    /// # Errors
    /// Fails if Cargo cannot be run.
    pub async fn build(
        &mut self,
        workspace: &Workspace,
        mut linked: impl AsyncFnMut(&Function, Program),
    ) -> Result<Built, Error> {
        let mut cargo = command(workspace, &self.profile, self.progress.has_color());
        let mut shown = self.progress.begin();
        let mut child = cargo.spawn().map_err(Error::Cargo)?;
        let (Some(messages), Some(lines)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Error::Cargo(std::io::ErrorKind::BrokenPipe.into()));
        };
        let mut report = Report {
            warnings: &mut self.warnings,
            shown: BTreeSet::new(),
            built: Built::default(),
        };
        let mut cargo_errors = Vec::new();
        let mut messages = BufReader::new(messages).lines();
        let mut lines = CargoLines::new(lines);
        let (mut more_messages, mut more_lines) = (true, true);
        while more_messages || more_lines {
            tokio::select! {
                line = messages.next_line(), if more_messages => match line.map_err(Error::Cargo)? {
                    Some(line) => if let Some((function, program)) = report.take(&line, workspace) {
                        linked(function, program).await;
                    },
                    None => more_messages = false,
                },
                line = lines.next(), if more_lines => match line.map_err(Error::Cargo)? {
                    Some(line) => take_cargo_line(line, &mut shown, &mut cargo_errors),
                    None => more_lines = false,
                },
            }
        }
        let status = child.wait().await.map_err(Error::Cargo)?;
        let mut built = report.built;
        if !status.success() && built.errors.is_empty() {
            // Cargo failed before it compiled anything. Its own messages give the reason.
            say(&cargo_errors.join("\n"));
        }
        let names = workspace.functions.iter().map(|f| f.name.clone());
        built.failed = names
            .filter(|name| !built.functions.contains(name))
            .collect();
        Ok(built)
    }
}

fn command(workspace: &Workspace, profile: &Profile, color: bool) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let format = if color {
        "json-diagnostic-rendered-ansi"
    } else {
        "json"
    };
    let mut command = Command::new(cargo);
    command
        .current_dir(&workspace.root)
        .args(["build", "--keep-going"])
        .args(profile.arguments(workspace))
        // The features of all members, whichever functions are built. With --package they would depend
        // on the selection, and dependencies would be compiled again.
        .arg("--workspace")
        .args(["--message-format", format])
        .arg("--manifest-path")
        .arg(workspace.root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&workspace.target_directory)
        // Its bar has the number of crates, and is read by `Count`.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "200")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for function in &workspace.functions {
        command.args(["--bin", &function.binary]);
    }
    // Variables that `cargo run` sets for this process would make some build scripts run again.
    for (name, _) in std::env::vars_os() {
        let is_own = name.to_str().is_some_and(|name| {
            [
                "CARGO_PKG_",
                "CARGO_MANIFEST_",
                "CARGO_BIN_",
                "CARGO_CRATE_",
                "CARGO_PRIMARY_",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        });
        if is_own {
            command.env_remove(name);
        }
    }
    command
}

/// What Cargo's JSON messages report.
struct Report<'a> {
    warnings: &'a mut BTreeSet<String>,
    /// The errors that have been shown.
    shown: BTreeSet<String>,
    built: Built,
}

impl Report<'_> {
    /// Reads one JSON line. Returns a function that has been linked.
    fn take<'w>(
        &mut self,
        line: &str,
        workspace: &'w Workspace,
    ) -> Option<(&'w Function, Program)> {
        match serde_json::from_str(line).ok()? {
            Message::CompilerArtifact(artifact) => {
                let is_binary = artifact.target.kind.contains(&TargetKind::Bin);
                let path = artifact.executable.filter(|_| is_binary)?;
                let function = workspace.functions.iter().find(|function| {
                    function.binary == artifact.target.name
                        && function.manifest_path == artifact.manifest_path
                })?;
                let is_new = self.built.functions.insert(function.name.clone());
                is_new.then(|| (function, Program::at(path.as_std_path())))
            }
            Message::CompilerMessage(message) => {
                self.take_diagnostic(&message);
                None
            }
            _ => None,
        }
    }

    fn take_diagnostic(
        &mut self,
        CompilerMessage {
            message, target, ..
        }: &CompilerMessage,
    ) {
        let is_error = matches!(message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
        // Failure notes only explain how to look up an error's number.
        if message.level == DiagnosticLevel::FailureNote || is_summary(message) {
            return;
        }
        let Some(text) = &message.rendered else {
            return;
        };
        let seen: &mut BTreeSet<String> = if is_error {
            &mut self.shown
        } else {
            self.warnings
        };
        if seen.insert(text.clone()) {
            say(&format!("{}\n", text.trim_end()));
            if is_error {
                *self.built.errors.entry(target.name.clone()).or_default() += 1;
            }
        }
    }
}

/// Whether a diagnostic only counts the others.
fn is_summary(message: &Diagnostic) -> bool {
    message.message.starts_with("aborting due to ") || message.message.ends_with(" emitted")
}

/// Reads one of Cargo's own lines.
fn take_cargo_line(line: String, shown: &mut Shown<'_>, errors: &mut Vec<String>) {
    if let Some(count) = Count::parse(&line) {
        shown.count(&count);
        return;
    }
    match line.split_whitespace().next() {
        Some("Blocking") => shown.message("waiting for another cargo to finish"),
        Some("Downloading" | "Downloaded") => shown.message("downloading"),
        Some("Compiling" | "Building" | "Finished" | "Fresh" | "Dirty") | None => {}
        Some("Updating" | "Locking" | "Adding") => shown.message("resolving dependencies"),
        Some(_) => errors.push(line),
    }
}

/// Splits Cargo's output. Its progress bar ends with a carriage return, other lines with a line feed.
struct CargoLines<R> {
    source: R,
    read: Vec<u8>,
}

impl<R: AsyncRead + Unpin> CargoLines<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            read: Vec::new(),
        }
    }

    /// Returns the next line, or `None` at the end. A dropped future loses nothing.
    async fn next(&mut self) -> std::io::Result<Option<String>> {
        loop {
            let end = self.read.iter().position(|byte| b"\r\n".contains(byte));
            if let Some(end) = end {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
            }
            if self.source.read_buf(&mut self.read).await? == 0 {
                let rest = std::mem::take(&mut self.read);
                let rest = String::from_utf8_lossy(&rest).into_owned();
                return Ok(Some(rest).filter(|rest| !rest.is_empty()));
            }
        }
    }
}

impl Program {
    /// The program at `path` as it is now.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let metadata = std::fs::metadata(path);
        Self {
            path: path.to_path_buf(),
            modified: metadata.and_then(|metadata| metadata.modified()).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CargoLines;

    #[tokio::test]
    async fn lines_end_with_a_carriage_return_or_a_line_feed() {
        let output = &b"   Compiling syn\n  Building [=] 1/2: syn  \r    Finished"[..];
        let mut lines = CargoLines::new(output);

        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(line.trim().to_owned());
        }

        let expected = ["Compiling syn", "Building [=] 1/2: syn", "Finished"];
        assert_eq!(read, expected);
    }
}
