//! One run of a function's program: the child process, its Runtime API and its output, joined
//! into a single sequence of events.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use bytes::Bytes;
use rustix::process::{Pid, Signal};
use tokio::{
    process::{Child, Command},
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

use crate::{
    failure::{Failure, telemetry_type},
    function_version::Version,
    journal::Journal,
    memory,
    process_output::Output,
    runtime_api::{Answer, Call, Delivery, Refusal, RuntimeApi},
};

/// How long a process may take to end after SIGTERM (fact 8.2).
const SHUTDOWN: Duration = Duration::from_secs(2);

/// How many files a process may have open (fact 8.2).
#[cfg(target_os = "linux")]
const OPEN_FILES: u64 = 1_024;

pub(crate) struct Process {
    child: Child,
    group: Pid,
    api: RuntimeApi,
    calls: mpsc::UnboundedReceiver<Call>,
    output: Output,
    state: State,
    waiting: Option<oneshot::Sender<Result<Delivery, Refusal>>>,
    memory_kib: u64,
    peak_kib: u64,
    next_look: Instant,
    pause: Duration,
}

/// Where the process stands in its conversation with the Runtime API.
enum State {
    /// It has not asked for a request yet.
    Init,
    /// It waits for a request.
    Idle,
    /// It has a request. `truncated`: it tried to answer, and the answer broke off.
    Busy { request_id: Uuid, truncated: bool },
    /// It has answered and not asked for the next request yet.
    Answered,
}

/// What happens to a process.
pub(crate) enum Event {
    /// It waits for a request.
    Ready,
    /// It has answered its request.
    Answer(Result<Bytes, Failure>),
    /// It says that it cannot start.
    InitError(Failure),
    /// It has ended.
    Exited(ExitStatus),
    /// It holds more memory than the function has.
    OutOfMemory,
    /// The time given has passed.
    Deadline,
}

impl Process {
    /// Starts the program in a process group of its own, so that a Ctrl-C in the terminal reaches
    /// the host alone, which then ends its processes in order.
    pub(crate) async fn start(
        version: &Version,
        tmp: &Path,
        stream: &str,
    ) -> Result<Self, Failure> {
        let (api, calls) = RuntimeApi::open().await.map_err(own_fault)?;
        let (output, stdout, stderr) = Output::open().map_err(own_fault)?;
        let mut command = Command::new(&version.program);
        command
            .current_dir(version.folder.path())
            .env_clear()
            .envs(&version.variables)
            .env("AWS_LAMBDA_LOG_STREAM_NAME", stream)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
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
                _ => own_fault(error),
            })?;
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?))
            .ok_or_else(|| own_fault(io::ErrorKind::NotFound.into()))?;
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Resource, Rlimit, prlimit};
            let limit = Rlimit {
                current: Some(OPEN_FILES),
                maximum: Some(OPEN_FILES),
            };
            // Fails only for a process that has ended already, which is noticed elsewhere.
            let _ = prlimit(Some(group), Resource::Nofile, limit);
        }
        Ok(Self {
            child,
            group,
            api,
            calls,
            output,
            state: State::Init,
            waiting: None,
            memory_kib: u64::from(version.memory_mb) * 1024,
            peak_kib: 0,
            next_look: Instant::now() + memory::FIRST_LOOK,
            pause: memory::FIRST_LOOK,
        })
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub(crate) async fn event(&mut self, until: Option<Instant>, journal: &Journal) -> Event {
        loop {
            // Between requests there is nothing to look for, and no reason to wake up.
            let look = (!matches!(self.state, State::Idle)).then_some(self.next_look);
            let wake = match (until, look) {
                (Some(until), Some(look)) => Some(until.min(look)),
                (until, look) => until.or(look),
            };
            tokio::select! {
                biased;
                never = self.api.serve() => match never {},
                Some(call) = self.calls.recv() => {
                    if let Some(event) = self.judge(call) {
                        return event;
                    }
                }
                status = self.child.wait() => {
                    self.output.finish(journal);
                    self.signal(Signal::KILL);
                    // Waiting fails only if somebody else has taken the status.
                    return Event::Exited(status.unwrap_or_default());
                }
                () = self.output.readable() => self.output.drain(journal),
                () = wait(wake) => {
                    let now = Instant::now();
                    if until.is_some_and(|until| until <= now) {
                        return Event::Deadline;
                    }
                    if self.exceeds_memory() {
                        return Event::OutOfMemory;
                    }
                    self.pause = (self.pause * 2).min(memory::LONGEST_PAUSE);
                    self.next_look = now + self.pause;
                }
            }
        }
    }

    /// Hands over a request; gives it back if the process is not there to take it.
    pub(crate) fn deliver(&mut self, delivery: Delivery) -> Result<(), Delivery> {
        let request_id = delivery.request_id;
        let Some(waiting) = self.waiting.take() else {
            return Err(delivery);
        };
        match waiting.send(Ok(delivery)) {
            Ok(()) => {
                self.state = State::Busy {
                    request_id,
                    truncated: false,
                };
                self.pause = memory::FIRST_LOOK;
                self.next_look = Instant::now() + self.pause;
                Ok(())
            }
            Err(returned) => {
                self.state = State::Answered;
                Err(returned.expect("only a delivery was sent"))
            }
        }
    }

    /// Whether a request could be delivered now.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|waiting| !waiting.is_closed())
    }

    /// Looks how much memory the process has held at most.
    pub(crate) fn exceeds_memory(&mut self) -> bool {
        if let Some(peak) = self.child.id().and_then(memory::peak_kib) {
            self.peak_kib = peak;
        }
        self.peak_kib > self.memory_kib
    }

    /// The most memory seen so far, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.peak_kib
    }

    /// Passes on what the process has written by now.
    pub(crate) fn drain(&mut self, journal: &Journal) {
        self.output.drain(journal);
    }

    /// Ends the process and whatever it started, at once.
    pub(crate) async fn kill(mut self, journal: &Journal) {
        self.signal(Signal::KILL);
        let _ = self.child.wait().await;
        self.output.finish(journal);
    }

    /// Asks the process to end, and kills it if it does not.
    pub(crate) async fn end(mut self, journal: &Journal) {
        self.signal(Signal::TERM);
        let ended = timeout(SHUTDOWN, async {
            while !matches!(self.event(None, journal).await, Event::Exited(_)) {}
        });
        if ended.await.is_err() {
            self.kill(journal).await;
        }
    }

    /// What a call means here and now; some are refused, some change nothing for the environment.
    fn judge(&mut self, call: Call) -> Option<Event> {
        match call {
            Call::Next(waiting) => match self.state {
                State::Busy {
                    truncated: false, ..
                } => refuse_next(waiting),
                State::Idle if self.is_waiting() => refuse_next(waiting),
                State::Busy {
                    truncated: true, ..
                } => {
                    self.park(waiting);
                    Some(Event::Answer(Err(Failure::TruncatedResponse)))
                }
                State::Init | State::Idle | State::Answered => {
                    self.park(waiting);
                    Some(Event::Ready)
                }
            },
            Call::Answer {
                id,
                answer,
                verdict,
            } => {
                let State::Busy {
                    request_id,
                    truncated,
                } = &mut self.state
                else {
                    return refuse(verdict, Refusal::InvalidStateTransition);
                };
                if Uuid::try_parse(&id).ok() != Some(*request_id) {
                    return refuse(verdict, Refusal::InvalidRequestId);
                }
                // The process may be gone and not wait for the verdict.
                let _ = verdict.send(Ok(()));
                let outcome = match answer {
                    // It may just be dying; if it asks for the next request instead, this was it.
                    Answer::Truncated => {
                        *truncated = true;
                        return None;
                    }
                    Answer::Payload(payload) => Ok(payload),
                    Answer::Error(report) => Err(reported(report.error_type, report.payload)),
                    Answer::TooLarge => Err(Failure::ResponseTooLarge),
                    Answer::InvalidMode => Err(Failure::InvalidResponseMode),
                };
                self.state = State::Answered;
                Some(Event::Answer(outcome))
            }
            Call::InitError { report, verdict } => {
                if !matches!(self.state, State::Init) {
                    return refuse(verdict, Refusal::InvalidStateTransition);
                }
                let _ = verdict.send(Ok(()));
                Some(Event::InitError(reported(
                    report.error_type,
                    report.payload,
                )))
            }
        }
    }

    fn park(&mut self, waiting: oneshot::Sender<Result<Delivery, Refusal>>) {
        self.state = State::Idle;
        self.waiting = Some(waiting);
    }

    /// Reaches the process and everything it started, while its group has members.
    fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process_group(self.group, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An id means that the process has not been waited for, so the group is still its own.
        if self.child.id().is_some() {
            self.signal(Signal::KILL);
        }
    }
}

fn refuse_next(waiting: oneshot::Sender<Result<Delivery, Refusal>>) -> Option<Event> {
    let _ = waiting.send(Err(Refusal::InvalidStateTransition));
    None
}

fn refuse(verdict: oneshot::Sender<Result<(), Refusal>>, refusal: Refusal) -> Option<Event> {
    let _ = verdict.send(Err(refusal));
    None
}

fn reported(error_type: Option<String>, payload: Bytes) -> Failure {
    Failure::Reported {
        error_type: telemetry_type(error_type.as_deref()),
        payload,
    }
}

async fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut attempts = 0;
    loop {
        match command.spawn() {
            // The copy of the program was written a moment ago, and a process that was started
            // meanwhile still holds the file open for writing, until it executes its own program.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts < 50 => {
                attempts += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn invalid_entrypoint(program: &Path, error: &io::Error) -> Failure {
    Failure::InvalidEntrypoint(format!("fork/exec {}: {error}", program.display()))
}

fn own_fault(error: io::Error) -> Failure {
    Failure::Sandbox(format!(
        "this machine could not start the function: {error}"
    ))
}
