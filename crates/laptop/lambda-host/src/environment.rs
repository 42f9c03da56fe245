//! An execution environment: a task that owns one process at a time and delivers one invocation at a
//! time to it. After a crash or a time-out it starts another process with the same `/tmp`.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    InvokeOutcome,
    delivery::Delivery,
    failure::Failure,
    function_version::Version,
    journal::{Journal, Phase, Report, Status},
    lifecycle::RuntimeEvent,
    process::{Event, Process},
    roster::{Command, Job, Roster},
};

/// How long an idle process runs before it is stopped. Under load, the next invocation comes sooner, and to stop and
/// resume the process would take as long as a short invocation.
pub(crate) const FREEZE_AFTER: Duration = Duration::from_millis(2);

pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) roster: Arc<Roster>,
    pub(crate) version: Arc<Version>,
    pub(crate) journal: Journal,
    /// Lambda's `/tmp`, which is kept when the process is replaced.
    pub(crate) tmp: TempDir,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
    /// The sender of `commands`, which the roster holds while this environment is idle.
    pub(crate) address: mpsc::UnboundedSender<Command>,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) progress: Progress,
    /// Elapses when the process may have been idle for [`FREEZE_AFTER`]. It is set anew only when it has elapsed: a new
    /// timer for each invocation would wake up the thread that waits for timers.
    pub(crate) freeze_timer: Pin<Box<Sleep>>,
}

/// The state of an environment.
#[derive(Default)]
pub(crate) struct Progress {
    /// Whether the init phase is over. An environment has one.
    initialized: bool,
    process: Option<Process>,
    /// The deadline of a process that has answered and not asked for the next invocation.
    return_by: Option<Instant>,
    /// The peak memory of the latest process.
    peak_kib: u64,
}

impl Environment {
    /// Serves until the environment has been idle for too long, is replaced or shut down. Without a
    /// job, the init phase runs before the first invocation.
    pub(crate) async fn run(mut self, job: Option<Job>) {
        let mut kept = match job {
            Some(job) => self.serve(job).await,
            None => {
                self.init().await;
                self.roster
                    .release(&self.version, self.id, &self.address, None)
            }
        };
        while kept && let Some(job) = self.next_job().await {
            kept = self.serve(job).await;
        }
        if let Some(process) = self.progress.process.take() {
            process.end(&self.journal).await;
        }
    }

    async fn next_job(&mut self) -> Option<Job> {
        let idle_until = Instant::now() + self.roster.settings.idle;
        let mut freeze_at = Instant::now() + FREEZE_AFTER;
        loop {
            let Progress {
                process, return_by, ..
            } = &mut self.progress;
            let freezes = self.roster.settings.freeze
                && !self.version.is_debugged()
                && process
                    .as_ref()
                    .is_some_and(|process| process.is_ready() && !process.is_stopped());
            let ready = process.as_ref().is_none_or(Process::is_ready);
            let deadline = return_by.filter(|_| !ready);
            let event = tokio::select! {
                biased;
                command = self.commands.recv() => return command.and_then(Command::job),
                () = closed(&mut self.closing) => return None,
                event = event(process, deadline, &self.journal) => event,
                () = self.freeze_timer.as_mut(), if freezes => {
                    if Instant::now() < freeze_at {
                        self.freeze_timer.as_mut().reset(freeze_at);
                    } else if let Some(process) = process {
                        process.freeze();
                    }
                    continue;
                }
                () = sleep_until(idle_until), if !self.version.is_debugged() => {
                    if self.roster.withdraw(&self.version, self.id) {
                        return None;
                    }
                    // The roster has just sent a command to this environment.
                    return self.commands.recv().await.and_then(Command::job);
                }
            };
            self.between_invocations(event).await;
            freeze_at = Instant::now() + FREEZE_AFTER;
        }
    }

    /// Handles an event of a process that has no invocation.
    async fn between_invocations(&mut self, event: Event) {
        match event {
            Event::Exited(_) => self.progress.process = None,
            Event::Deadline | Event::OutOfMemory | Event::Runtime(RuntimeEvent::Failed(_)) => {
                self.reset().await;
            }
            Event::Runtime(RuntimeEvent::Ready | RuntimeEvent::Answer(_)) => {}
        }
    }

    /// Runs one invocation to its end. Returns false if the environment is not needed any more.
    async fn serve(&mut self, job: Job) -> bool {
        let Job {
            request_id,
            payload,
            trace_id,
            reply,
            slot,
        } = job;
        let init = if self.progress.initialized {
            None
        } else {
            self.init().await
        };
        self.settle().await;

        let begun = Instant::now();
        let deadline = begun + self.version.timeout;
        self.progress.return_by = Some(deadline);
        let delivery = Delivery {
            request_id,
            deadline_ms: epoch_ms(SystemTime::now() + self.version.timeout),
            arn: self.version.arn.to_string(),
            trace_id,
            payload,
        };
        let outcome = self.invoke(delivery, deadline).await;

        let report = Report {
            request_id,
            duration: match outcome {
                Err(Failure::TimedOut(limit)) => limit,
                _ => begun.elapsed(),
            },
            init,
            max_memory_mb: self.progress.peak_kib.div_ceil(1024),
            status: outcome
                .as_ref()
                .map_or_else(Failure::status, |_| Status::Success),
        };
        // The environment is idle before the caller has its answer, so that the caller's next
        // invocation goes to this environment and not to a new one.
        let kept = self
            .roster
            .release(&self.version, self.id, &self.address, Some(slot));
        // The caller may have stopped waiting.
        let _ = reply.send(match outcome {
            Ok(payload) => InvokeOutcome::Payload(payload),
            Err(failure) => InvokeOutcome::FunctionError(failure.payload(request_id)),
        });
        if let Some(process) = &mut self.progress.process {
            process.drain(&self.journal);
        }
        self.journal.report(&report);
        kept
    }

    /// Runs the init phase, which has a time-out of its own. If it fails, the second attempt is part
    /// of the invocation and counts against the function's time-out.
    async fn init(&mut self) -> Option<Duration> {
        self.progress.initialized = true;
        self.journal.init_start();
        let begun = Instant::now();
        let limit = self.version.init_limit;
        match self.start(begun + limit, limit).await {
            Ok(()) => Some(begun.elapsed()),
            Err(failure) => {
                self.journal
                    .init_report(begun.elapsed(), Phase::Init, &failure.status());
                None
            }
        }
    }

    /// Waits until a process that has answered asks for the next invocation.
    async fn settle(&mut self) {
        while let Some(process) = &mut self.progress.process
            && !process.is_ready()
        {
            let deadline = self.progress.return_by;
            let event = tokio::select! {
                () = closed(&mut self.closing) => return,
                event = process.event(deadline, &self.journal) => event,
            };
            self.between_invocations(event).await;
        }
    }

    async fn invoke(&mut self, delivery: Delivery, deadline: Instant) -> Result<Bytes, Failure> {
        let request_id = delivery.request_id;
        if self.progress.process.is_none() {
            let begun = Instant::now();
            if let Err(failure) = self.start(deadline, self.version.timeout).await {
                self.journal
                    .init_report(begun.elapsed(), Phase::Invoke, &failure.status());
                self.journal.start(request_id);
                return Err(failure);
            }
        }
        if let Some(process) = &mut self.progress.process {
            process.drain(&self.journal);
        }
        self.journal.start(request_id);

        let mut undelivered = Some(delivery);
        let failure = loop {
            let Some(process) = &mut self.progress.process else {
                break Failure::Sandbox("the process has ended".to_owned());
            };
            undelivered = undelivered.and_then(|delivery| process.deliver(delivery).err());
            let event = tokio::select! {
                biased;
                event = process.event(Some(deadline), &self.journal) => event,
                () = closed(&mut self.closing) => break shutting_down(),
            };
            match event {
                Event::Runtime(RuntimeEvent::Answer(outcome)) => {
                    let exceeded = process.exceeds_memory();
                    self.progress.peak_kib = process.peak_kib();
                    if exceeded {
                        break Failure::OutOfMemory;
                    }
                    return outcome;
                }
                Event::Exited(status) => {
                    self.progress.peak_kib = process.peak_kib();
                    self.progress.process = None;
                    return Err(Failure::Exited(status));
                }
                Event::OutOfMemory => break Failure::OutOfMemory,
                Event::Deadline => break Failure::TimedOut(self.version.timeout),
                Event::Runtime(RuntimeEvent::Failed(failure)) => break failure,
                Event::Runtime(RuntimeEvent::Ready) => {}
            }
        };
        if !matches!(failure, Failure::Sandbox(_)) {
            self.reset().await;
        }
        Err(failure)
    }

    /// Starts the process and waits for its first `next`.
    async fn start(&mut self, until: Instant, limit: Duration) -> Result<(), Failure> {
        let started = Process::start(&self.version, self.tmp.path(), &self.journal.stream).await;
        let process = match started {
            Ok(process) => self.progress.process.insert(process),
            Err(failure) => {
                if let Failure::Sandbox(cause) = &failure {
                    self.journal.host(cause.clone());
                }
                return Err(failure);
            }
        };
        let event = tokio::select! {
            biased;
            event = process.event(Some(until), &self.journal) => event,
            () = closed(&mut self.closing) => return Err(shutting_down()),
        };
        process.exceeds_memory();
        self.progress.peak_kib = process.peak_kib();
        let failure = match event {
            // An answer without an invocation is refused before it becomes an event.
            Event::Runtime(RuntimeEvent::Ready | RuntimeEvent::Answer(_)) => return Ok(()),
            Event::Runtime(RuntimeEvent::Failed(failure)) => failure,
            Event::Exited(status) => {
                self.progress.process = None;
                return Err(Failure::Exited(status));
            }
            Event::OutOfMemory => Failure::OutOfMemory,
            Event::Deadline => Failure::TimedOut(limit),
        };
        self.reset().await;
        Err(failure)
    }

    /// Kills the process. `/tmp` is kept, and the next invocation starts another process.
    async fn reset(&mut self) {
        if let Some(process) = self.progress.process.take() {
            self.progress.peak_kib = process.peak_kib();
            process.kill(&self.journal).await;
        }
    }
}

/// Waits for the next event of a process; without a process, forever.
async fn event(
    process: &mut Option<Process>,
    deadline: Option<Instant>,
    journal: &Journal,
) -> Event {
    match process {
        Some(process) => process.event(deadline, journal).await,
        None => std::future::pending().await,
    }
}

/// Waits until the host shuts down.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the host has been dropped.
    let _ = closing.wait_for(|closing| *closing).await;
}

fn shutting_down() -> Failure {
    Failure::Sandbox("the host is shutting down".to_owned())
}

fn epoch_ms(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis())
}
