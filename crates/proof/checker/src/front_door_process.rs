//! A front door in a child process, which can be killed and restarted.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::fault_endpoint::FaultEndpoint;

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How a front door is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The checker's own program, which serves as `cargo local` when called with `serve`.
    pub program: PathBuf,
    /// The workspace's root manifest.
    pub manifest: PathBuf,
    /// The value of `--faults`.
    pub faults: String,
    /// The value of `--fault-seed`.
    pub seed: u64,
    /// The Cargo profile of the functions.
    pub profile: String,
    /// Whether the database is a file, which survives a crash of the process.
    pub persistent: bool,
}

#[derive(Debug)]
pub struct FrontDoorProcess {
    settings: Settings,
    folder: TempDir,
    running: Running,
    /// The faults of the processes before the last crash.
    earlier_faults: BTreeMap<String, u64>,
    functions_killed: u64,
    crashes: u64,
}

#[derive(Debug)]
struct Running {
    child: Child,
    url: String,
    faults: FaultEndpoint,
}

/// Why a front door is not running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot start the front door")]
    Start(#[from] io::Error),
    #[error("the front door exited; see its output above")]
    Exited,
}

impl FrontDoorProcess {
    /// Starts a front door with a new database on a free port, and waits until it is ready.
    ///
    /// # Errors
    /// Fails if the front door does not become ready.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let folder = TempDir::new()?;
        let running = start(&settings, folder.path(), "0").await?;
        Ok(Self {
            settings,
            folder,
            running,
            earlier_faults: BTreeMap::new(),
            functions_killed: 0,
            crashes: 0,
        })
    }

    /// Returns the URL, which stays the same after a crash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// Returns the fault endpoint, which changes after a crash.
    #[must_use]
    pub fn faults(&self) -> &FaultEndpoint {
        &self.running.faults
    }

    /// Kills the process and restarts it with the same database and port.
    ///
    /// # Errors
    /// Fails if the front door does not become ready again.
    pub async fn crash(&mut self) -> Result<(), Error> {
        // The process keeps the counts in memory.
        self.earlier_faults = self.all_faults().await;
        self.running.child.kill().await?;
        self.crashes += 1;
        // A different seed, so that the faults do not repeat from the start.
        self.settings.seed = self.settings.seed.wrapping_add(1);
        let port = self.url().rsplit(':').next().unwrap_or_default().to_owned();
        self.running = start(&self.settings, self.folder.path(), &port).await?;
        Ok(())
    }

    /// Checks that the process is running.
    ///
    /// # Errors
    /// Fails if the process has exited.
    pub fn check_running(&mut self) -> Result<(), Error> {
        match self.running.child.try_wait()? {
            None => Ok(()),
            Some(_) => Err(Error::Exited),
        }
    }

    /// Kills the process of a random function, if one is running.
    pub fn kill_function(&mut self) {
        let processes = self.running.child.id().map(children).unwrap_or_default();
        let victim = fastrand::choice(&processes).and_then(|id| Pid::from_raw(*id));
        if victim.is_some_and(|victim| kill_process(victim, Signal::KILL).is_ok()) {
            self.functions_killed += 1;
        }
    }

    /// Returns the counts of all injected faults and killed processes, by name.
    pub async fn fault_counts(&self) -> BTreeMap<String, u64> {
        let mut counts = self.all_faults().await;
        counts.insert("function-killed".to_owned(), self.functions_killed);
        counts.insert("front-door-killed".to_owned(), self.crashes);
        counts
    }

    async fn all_faults(&self) -> BTreeMap<String, u64> {
        let mut sum = self.earlier_faults.clone();
        for (name, count) in self.running.faults.counts().await {
            *sum.entry(name).or_default() += count;
        }
        sum
    }

    /// Stops the front door and the functions' processes.
    pub async fn stop(mut self) {
        let child = &mut self.running.child;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if id.is_some_and(|id| kill_process(id, Signal::TERM).is_ok()) {
            let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, child.wait()).await;
        }
        // If it does not react to SIGTERM.
        let _ = child.kill().await;
    }
}

async fn start(settings: &Settings, folder: &Path, port: &str) -> Result<Running, Error> {
    let mut command = Command::new(&settings.program);
    command
        .args(["serve", "--quiet", "--log-format", "json", "--no-watch"])
        .args(["--port", port])
        .args(["--profile", &settings.profile])
        .args(["--faults", &settings.faults])
        .args(["--fault-seed", &settings.seed.to_string()])
        .arg("--manifest-path")
        .arg(&settings.manifest);
    if settings.persistent {
        command
            .arg("--database")
            .arg(folder.join("dynamodb.sqlite"));
    } else {
        command.arg("--ephemeral");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Ctrl-C must only reach the checker, which needs the front door to complete the round.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or(Error::Exited)?;
    let mut lines = BufReader::new(stdout).lines();
    let Line::Ready {
        endpoint,
        database,
        fault_token,
    } = ready(&mut lines).await?;
    // A full pipe would block the front door.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(Running {
        child,
        url: endpoint,
        faults: FaultEndpoint::new(&database, &fault_token),
    })
}

/// The line that `cargo local --log-format json` prints when it is ready.
#[derive(Deserialize)]
#[serde(
    tag = "type",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
enum Line {
    Ready {
        endpoint: String,
        database: String,
        fault_token: String,
    },
}

/// Waits for the ready line.
async fn ready(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<Line, Error> {
    while let Some(line) = lines.next_line().await? {
        if let Ok(ready) = serde_json::from_str(&line) {
            return Ok(ready);
        }
    }
    Err(Error::Exited)
}

/// Returns the children of a process, from `/proc`; empty without `/proc`.
fn children(parent: u32) -> Vec<i32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let is_child = |id: &i32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The process name is in parentheses and may contain any character.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
        let of = fields.and_then(|fields| fields.split_whitespace().nth(1));
        of == Some(parent.to_string().as_str())
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(is_child)
        .collect()
}
