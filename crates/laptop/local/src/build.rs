//! Builds the functions with Cargo, and shows the progress.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime},
};

use cargo_metadata::{Message, TargetKind, diagnostic::DiagnosticLevel};
use indicatif::{ProgressBar, ProgressStyle};
use manifest::Workspace;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::error::Error;

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
    /// The programs of the functions that compile.
    pub programs: BTreeMap<String, Program>,
    /// Whether all of them compile.
    pub complete: bool,
}

/// How the functions are compiled.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name of the Cargo profile.
    pub name: String,
    /// The function that gets full debug information, with the local packages it is built from.
    pub debug: Option<String>,
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

/// Reports build progress.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    color: bool,
}

impl Progress {
    /// A bar on standard error, or lines if that is not a terminal.
    #[must_use]
    pub fn terminal() -> Self {
        let style =
            ProgressStyle::with_template("{bar:24} {pos}/{len} functions built, {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self {
            bar: ProgressBar::new(0).with_style(style),
            color: std::io::stderr().is_terminal(),
        }
    }

    /// No progress. The compiler's messages are still shown.
    #[must_use]
    pub fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            color: false,
        }
    }

    fn begin(&self, functions: usize) {
        self.bar.reset();
        self.bar.set_length(functions as u64);
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    /// Prints text above the bar.
    fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{}\n", text.trim_end()));
    }
}

/// Builds the functions of `workspace`. Functions that do not compile leave the
/// others alone.
///
/// # Errors
/// When Cargo cannot be run. A function that does not compile is not an error but
/// [incomplete](Built::complete), and the compiler's messages have been shown.
pub async fn build(
    workspace: &Workspace,
    profile: &Profile,
    progress: &Progress,
) -> Result<Built, Error> {
    progress.begin(workspace.functions.len());
    let mut cargo = command(workspace, profile, progress.color);
    let mut child = cargo.spawn().map_err(Error::Cargo)?;
    let (Some(messages), Some(lines)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::Cargo(std::io::ErrorKind::BrokenPipe.into()));
    };
    let mut built = Built::default();
    let mut compiler_failed = false;
    let mut cargo_messages = Vec::new();
    let mut messages = BufReader::new(messages).lines();
    let mut lines = BufReader::new(lines).lines();
    let (mut more_messages, mut more_lines) = (true, true);
    while more_messages || more_lines {
        tokio::select! {
            line = messages.next_line(), if more_messages => match line.map_err(Error::Cargo)? {
                Some(line) => compiler_failed |= take_message(&line, workspace, &mut built, progress),
                None => more_messages = false,
            },
            line = lines.next_line(), if more_lines => match line.map_err(Error::Cargo)? {
                Some(line) => take_cargo_line(line, progress, &mut cargo_messages),
                None => more_lines = false,
            },
        }
    }
    let status = child.wait().await.map_err(Error::Cargo)?;
    progress.bar.finish_and_clear();
    built.complete = status.success();
    if built.complete {
        every_function_has_a_program(workspace, &built)?;
    } else if !compiler_failed {
        // Cargo failed before it compiled anything. Its own messages give the reason.
        progress.say(&cargo_messages.join("\n"));
    }
    Ok(built)
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
        .args(["--message-format", format])
        .arg("--manifest-path")
        .arg(workspace.root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&workspace.target_directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Always all of them: for fewer, Cargo may unify other features and compile dependencies again.
    for function in &workspace.functions {
        command.args(["--package", &function.name]);
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

/// Reads one JSON line. Returns whether it is an error of the compiler.
fn take_message(line: &str, workspace: &Workspace, built: &mut Built, progress: &Progress) -> bool {
    match serde_json::from_str(line) {
        Ok(Message::CompilerArtifact(artifact)) => {
            let name = artifact.target.name;
            let is_binary = artifact.target.kind.contains(&TargetKind::Bin);
            if let Some(path) = artifact.executable
                && is_binary
                && workspace.function(&name).is_some()
            {
                let program = Program::at(path.as_std_path());
                if built.programs.insert(name, program).is_none() {
                    progress.bar.inc(1);
                }
            }
            false
        }
        Ok(Message::CompilerMessage(compiler)) => {
            // Failure notes only explain how to look up an error's number.
            if let Some(rendered) = &compiler.message.rendered
                && compiler.message.level != DiagnosticLevel::FailureNote
            {
                progress.say(rendered);
            }
            matches!(
                compiler.message.level,
                DiagnosticLevel::Error | DiagnosticLevel::Ice
            )
        }
        _ => false,
    }
}

/// Reads one of Cargo's own lines. Most of them name the crate that is being compiled.
fn take_cargo_line(line: String, progress: &Progress, messages: &mut Vec<String>) {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("Compiling") => {
            let name = words.next().unwrap_or_default();
            progress.bar.set_message(format!("compiling {name}"));
        }
        Some("Blocking") => progress
            .bar
            .set_message("waiting for another cargo to finish"),
        Some("Downloading" | "Downloaded") => progress.bar.set_message("downloading"),
        Some("Finished" | "Fresh" | "Updating" | "Locking" | "Adding" | "Dirty") | None => {}
        Some(_) => messages.push(line),
    }
}

fn every_function_has_a_program(workspace: &Workspace, built: &Built) -> Result<(), Error> {
    let missing = workspace
        .functions
        .iter()
        .find(|function| !built.programs.contains_key(&function.name));
    match missing {
        Some(function) => Err(Error::NoBinary {
            function: function.name.clone(),
        }),
        None => Ok(()),
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
