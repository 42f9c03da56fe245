//! One run of a function's program: the process, its Runtime API and its output, joined into one
//! sequence of events.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    process::{Child, Command},
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    cpu_quota::{self, CpuQuota},
    delivery::Delivery,
    extensions_api::FunctionMetadata,
    failure::Failure,
    function_version::Version,
    journal::Journal,
    lifecycle::{Lifecycle, RuntimeEvent},
    memory::{self, PeakMemory},
    process_output::Output,
    runtime_api::{Endpoint, RuntimeApi},
    runtime_call::Call,
};

/// How long a process with an internal extension may run after SIGTERM (fact 8.2).
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// How many files a process may have open (fact 8.2).
#[cfg(target_os = "linux")]
const OPEN_FILES: u64 = 1_024;

pub(crate) struct Process {
    child: Child,
    group: Pid,
    api: RuntimeApi,
    calls: mpsc::UnboundedReceiver<Call>,
    output: Output,
    lifecycle: Lifecycle,
    /// Whether the process is stopped, between invocations or by its CPU quota.
    stopped: bool,
    cpu_quota: Option<CpuQuota>,
    next_quota_check: Option<Instant>,
    memory_kib: u64,
    peak_memory: Option<PeakMemory>,
    peak_kib: u64,
    next_check: Instant,
    check_interval: Duration,
}

/// An event of a process.
pub(crate) enum Event {
    /// A call from the process.
    Runtime(RuntimeEvent),
    /// The process has ended.
    Exited(ExitStatus),
    /// The process has used more memory than the function has.
    OutOfMemory,
    /// The deadline has passed.
    Deadline,
}

impl Process {
    /// Starts the program in a process group of its own, so that a Ctrl-C in the terminal reaches
    /// only the host, which then ends its processes.
    pub(crate) async fn start(
        version: &Version,
        tmp: &Path,
        stream: &str,
    ) -> Result<Self, Failure> {
        let endpoint = Endpoint::bind().await.map_err(start_error)?;
        let (output, stdout, stderr) = Output::open().map_err(start_error)?;
        let mut command = Command::new(&version.program);
        command
            .arg0(&*version.name)
            .current_dir(version.folder.path())
            .env_clear()
            .envs(&version.variables)
            .env("AWS_LAMBDA_LOG_STREAM_NAME", stream)
            .env("AWS_LAMBDA_RUNTIME_API", endpoint.address.to_string())
            .env("TMPDIR", tmp)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        let child = spawn(&mut command)
            .await
            .map_err(|error| match error.kind() {
                // ENOEXEC has no kind of its own.
                _ if error.raw_os_error() == Some(8) => {
                    invalid_entrypoint(&version.program, &error)
                }
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                    invalid_entrypoint(&version.program, &error)
                }
                _ => start_error(error),
            })?;
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?))
            .ok_or_else(|| start_error(io::ErrorKind::NotFound.into()))?;
        limit_open_files(group);
        if let (Some(debugger), Some(id)) = (&version.debugger, child.id()) {
            // Fails if the receiver is not interested any more.
            let _ = debugger.send(id);
        }
        let (api, calls) = endpoint.serve(
            group,
            FunctionMetadata {
                name: version.name.to_string(),
                account: version.account.clone(),
            },
        );
        let peak_memory = child.id().and_then(PeakMemory::of);
        Ok(Self {
            child,
            group,
            api,
            calls,
            output,
            lifecycle: Lifecycle::new(),
            stopped: false,
            cpu_quota: version.cpu_share.then(|| CpuQuota::new(version.memory_mb)),
            next_quota_check: None,
            memory_kib: if version.is_debugged() {
                u64::MAX
            } else {
                u64::from(version.memory_mb) * 1024
            },
            peak_memory,
            peak_kib: 0,
            next_check: Instant::now() + memory::FIRST_CHECK,
            check_interval: memory::FIRST_CHECK,
        })
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub(crate) async fn event(&mut self, deadline: Option<Instant>, journal: &Journal) -> Event {
        loop {
            // Memory is not checked between invocations, so an idle environment does not wake up.
            let check = (!self.lifecycle.is_idle()).then_some(self.next_check);
            let wake = [deadline, check, self.next_quota_check]
                .into_iter()
                .flatten()
                .min();
            tokio::select! {
                biased;
                never = self.api.serve() => match never {},
                Some(call) = self.calls.recv() => {
                    let event = self.lifecycle.handle(call);
                    if self.lifecycle.is_idle() {
                        self.next_quota_check = None;
                        self.resume();
                    }
                    if let Some(event) = event {
                        return Event::Runtime(event);
                    }
                }
                status = self.child.wait() => {
                    self.output.finish(journal);
                    self.signal(Signal::KILL);
                    // Waiting fails only if another part of this process has taken the status.
                    return Event::Exited(status.unwrap_or_default());
                }
                () = self.output.readable() => self.output.drain(journal),
                () = wait(wake) => {
                    let now = Instant::now();
                    if deadline.is_some_and(|deadline| deadline <= now) {
                        return Event::Deadline;
                    }
                    if self.next_quota_check.is_some_and(|check| check <= now) {
                        self.apply_quota(now);
                    }
                    if check.is_some_and(|check| check <= now) {
                        if self.exceeds_memory() {
                            return Event::OutOfMemory;
                        }
                        self.check_interval =
                            (self.check_interval * 2).min(memory::LONGEST_INTERVAL);
                        self.next_check = now + self.check_interval;
                    }
                }
            }
        }
    }

    /// Delivers an invocation; returns it if the process is not ready.
    pub(crate) fn deliver(&mut self, delivery: Delivery) -> Result<(), Delivery> {
        self.resume();
        self.lifecycle.deliver(delivery)?;
        let now = Instant::now();
        self.check_interval = memory::FIRST_CHECK;
        self.next_check = now + self.check_interval;
        if let (Some(quota), Some(process)) = (&mut self.cpu_quota, self.child.id()) {
            quota.start(process);
            self.next_quota_check = Some(now + cpu_quota::INTERVAL);
        }
        Ok(())
    }

    /// Returns whether an invocation could be delivered now.
    pub(crate) fn is_ready(&self) -> bool {
        self.lifecycle.is_ready()
    }

    /// Stops the process and what it started until [`deliver`](Self::deliver) or
    /// [`end`](Self::end). Children that left its process group run on.
    pub(crate) fn freeze(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.signal(Signal::STOP);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn resume(&mut self) {
        if self.stopped {
            self.stopped = false;
            self.signal(Signal::CONT);
        }
    }

    /// Stops a process that has used more than its share of CPU time, or resumes it after a pause.
    fn apply_quota(&mut self, now: Instant) {
        let pause = match (&self.cpu_quota, self.child.id()) {
            (Some(quota), Some(process)) if !self.stopped => quota.pause(process),
            _ => None,
        };
        match pause {
            Some(_) => self.freeze(),
            None => self.resume(),
        }
        self.next_quota_check = Some(now + pause.unwrap_or(cpu_quota::INTERVAL));
    }

    /// Reads the peak memory of the process, and returns whether it is above the limit.
    pub(crate) fn exceeds_memory(&mut self) -> bool {
        if let Some(peak) = self.peak_memory.as_ref().and_then(PeakMemory::kib) {
            self.peak_kib = peak;
        }
        self.peak_kib > self.memory_kib
    }

    /// Returns the peak memory that was read last, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.peak_kib
    }

    /// Writes the output that has arrived to the journal.
    pub(crate) fn drain(&mut self, journal: &Journal) {
        self.output.drain(journal);
    }

    /// Kills the process and what it started.
    pub(crate) async fn kill(mut self, journal: &Journal) {
        self.signal(Signal::KILL);
        let _ = self.child.wait().await;
        self.output.finish(journal);
    }

    /// Ends the process as Lambda's shutdown phase does: only a process with an extension receives
    /// SIGTERM and has time to clean up.
    pub(crate) async fn end(mut self, journal: &Journal) {
        if self.lifecycle.has_extensions() {
            self.signal(Signal::TERM);
            self.resume();
            let exited = timeout(SHUTDOWN_TIMEOUT, async {
                while !matches!(self.event(None, journal).await, Event::Exited(_)) {}
            });
            if exited.await.is_ok() {
                return;
            }
        }
        self.kill(journal).await;
    }

    /// Signals the process and everything it started, as long as its group has members.
    fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process_group(self.group, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // With an id the process has not been waited for, so the group is still its own.
        if self.child.id().is_some() {
            self.signal(Signal::KILL);
        }
    }
}

async fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut attempts = 0;
    loop {
        match command.spawn() {
            // A process that was forked while the program was copied still has the copy open for
            // writing, until it executes its own program.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts < 50 => {
                attempts += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
}

#[cfg(target_os = "linux")]
fn limit_open_files(process: Pid) {
    use rustix::process::{Resource, Rlimit, prlimit};

    let limit = Rlimit {
        current: Some(OPEN_FILES),
        maximum: Some(OPEN_FILES),
    };
    // Fails only if the process has ended, which is an event of its own.
    let _ = prlimit(Some(process), Resource::Nofile, limit);
}

/// No-op: other systems cannot limit another process.
#[cfg(not(target_os = "linux"))]
fn limit_open_files(_: Pid) {}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn invalid_entrypoint(program: &Path, error: &io::Error) -> Failure {
    Failure::InvalidEntrypoint(format!("fork/exec {}: {error}", program.display()))
}

fn start_error(error: io::Error) -> Failure {
    Failure::Sandbox(format!(
        "this machine could not start the function: {error}"
    ))
}
