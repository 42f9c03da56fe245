//! A front door of the checker's own: a process that can be killed and started again.

use crate::client::FaultsAt;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a front door may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a front door is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The checker's own program, which serves when it is called with `door`.
    pub program: PathBuf,
    /// The workspace's root manifest.
    pub manifest: PathBuf,
    /// What goes wrong, as `--faults` has it.
    pub faults: String,
    /// What the faults begin from.
    pub seed: u64,
    /// The Cargo profile of the functions.
    pub profile: String,
    /// Whether items outlive the process.
    pub lasting: bool,
}

/// A front door at work.
#[derive(Debug)]
pub struct Door {
    setup: Setup,
    folder: TempDir,
    child: Child,
    port: u16,
    faults: FaultsAt,
    happened: BTreeMap<String, u64>,
    functions_killed: u64,
    crashes: u64,
}

/// Why there is no front door.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process or its folder cannot be had.
    #[error("cannot start a front door")]
    Start(#[from] io::Error),
    /// It has ended by itself.
    #[error("the front door ended; its own words are above")]
    Ended,
}

impl Door {
    /// Starts one on a new database and a free port, and waits until it serves.
    ///
    /// # Errors
    /// When it does not come to serve.
    pub async fn open(setup: Setup) -> Result<Self, Error> {
        let folder = TempDir::new()?;
        let (child, port, faults) = start(&setup, folder.path(), 0).await?;
        Ok(Self {
            setup,
            folder,
            child,
            port,
            faults,
            happened: BTreeMap::new(),
            functions_killed: 0,
            crashes: 0,
        })
    }

    /// Where it answers, before and after a crash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its faults; at another place after a crash.
    #[must_use]
    pub fn faults(&self) -> &FaultsAt {
        &self.faults
    }

    /// Kills it without warning and starts it again on the same database.
    ///
    /// # Errors
    /// When it does not come to serve again.
    pub async fn crash(&mut self) -> Result<(), Error> {
        self.count().await;
        self.child.kill().await?;
        self.crashes += 1;
        // Not the same faults from the start.
        self.setup.seed = self.setup.seed.wrapping_add(1);
        (self.child, self.port, self.faults) =
            start(&self.setup, self.folder.path(), self.port).await?;
        Ok(())
    }

    /// Makes sure that it is still there.
    ///
    /// # Errors
    /// When it is not.
    pub fn look(&mut self) -> Result<(), Error> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(_) => Err(Error::Ended),
        }
    }

    /// Kills one of the functions' processes, if there is one.
    pub fn kill_function(&mut self) {
        let processes = self.child.id().map(children).unwrap_or_default();
        let victim = fastrand::choice(&processes).and_then(|id| Pid::from_raw(*id));
        if victim.is_some_and(|victim| kill_process(victim, Signal::KILL).is_ok()) {
            self.functions_killed += 1;
        }
    }

    /// What has gone wrong until now, by name.
    pub async fn mischief(&mut self) -> BTreeMap<String, u64> {
        let mut sum = self.happened.clone();
        add(&mut sum, self.faults.counts().await);
        sum.insert("function-killed".to_owned(), self.functions_killed);
        sum.insert("front-door-killed".to_owned(), self.crashes);
        sum
    }

    /// Ends it and all its processes.
    pub async fn close(mut self) {
        let id = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()));
        if id.is_some_and(|id| kill_process(id, Signal::TERM).is_ok()) {
            let _ = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        }
        // Gone already, unless it was deaf.
        let _ = self.child.kill().await;
    }

    /// The counts end with the process.
    async fn count(&mut self) {
        add(&mut self.happened, self.faults.counts().await);
    }
}

fn add(sum: &mut BTreeMap<String, u64>, counts: impl IntoIterator<Item = (String, u64)>) {
    for (name, count) in counts {
        *sum.entry(name).or_default() += count;
    }
}

async fn start(setup: &Setup, folder: &Path, port: u16) -> Result<(Child, u16, FaultsAt), Error> {
    let mut command = Command::new(&setup.program);
    command
        .args(["door", "--quiet", "--log-format", "json", "--no-watch"])
        .args(["--port", &port.to_string()])
        .args(["--profile", &setup.profile])
        .args(["--faults", &setup.faults])
        .args(["--fault-seed", &setup.seed.to_string()])
        .arg("--manifest-path")
        .arg(&setup.manifest);
    if setup.lasting {
        command
            .arg("--database")
            .arg(folder.join("dynamodb.sqlite"));
    } else {
        command.arg("--ephemeral");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Ctrl-C is for the checker, which then ends a round and needs it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or(Error::Ended)?;
    let mut lines = BufReader::new(stdout).lines();
    let ready = ready(&mut lines).await?;
    let port = ready.endpoint.rsplit(':').next();
    let port = port.and_then(|port| port.parse().ok());
    let port = port.ok_or(Error::Ended)?;
    // Reads on, so that the process does not wait for a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, port, FaultsAt(ready.database)))
}

/// What `cargo local --log-format json` prints when it serves.
#[derive(Deserialize)]
struct Ready {
    endpoint: String,
    database: String,
}

/// Waits for the ready line.
async fn ready(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<Ready, Error> {
    while let Some(line) = lines.next_line().await? {
        if let Ok(ready) = serde_json::from_str(&line) {
            return Ok(ready);
        }
    }
    Err(Error::Ended)
}

/// The processes that a process has started, as /proc tells.
fn children(parent: u32) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let is_child = |id: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, which stands in parentheses, may contain anything.
        let (_, rest) = stat.rsplit_once(')')?;
        let of = rest.split_whitespace().nth(1)?;
        (of == parent.to_string()).then_some(())
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| is_child(id).is_some())
        .collect()
}
