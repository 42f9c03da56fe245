//! An execution environment: a task of its own that owns one process at a time, gives it one
//! request at a time, and starts it anew after a crash or a time-out in the same `/tmp`.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::{
    InvokeOutcome,
    failure::Failure,
    function_version::Version,
    journal::{Journal, Phase, Report, Status},
    process::{Event, Process},
    roster::{Job, Order, Roster},
    runtime_api::Delivery,
};

pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) roster: Arc<Roster>,
    pub(crate) version: Arc<Version>,
    pub(crate) journal: Journal,
    /// Lambda's `/tmp`, kept over resets.
    pub(crate) tmp: TempDir,
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
    /// The other end of `orders`, lent to the roster while this environment is idle.
    pub(crate) address: mpsc::UnboundedSender<Order>,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) progress: Progress,
}

/// How far an environment has come.
#[derive(Default)]
pub(crate) struct Progress {
    /// The init phase, which an environment has once, is over.
    initialized: bool,
    process: Option<Process>,
    /// Until when a process that has answered must have asked for the next request.
    return_by: Option<Instant>,
    /// The most memory that the latest process was seen to hold.
    peak_kib: u64,
}

impl Environment {
    /// Serves until the environment is idle for too long, replaced or shut down.
    pub(crate) async fn run(mut self) {
        while let Some(job) = self.next_job().await {
            if !self.serve(job).await {
                break;
            }
        }
        if let Some(process) = self.progress.process.take() {
            process.end(&self.journal).await;
        }
    }

    async fn next_job(&mut self) -> Option<Job> {
        let idle_until = Instant::now() + self.roster.settings.idle;
        loop {
            let Progress {
                process, return_by, ..
            } = &mut self.progress;
            let until = process
                .as_ref()
                .is_some_and(|process| !process.is_waiting());
            let until = return_by.filter(|_| until);
            let event = tokio::select! {
                biased;
                order = self.orders.recv() => return order.and_then(Order::job),
                () = closed(&mut self.closing) => return None,
                event = event(process, until, &self.journal) => event,
                () = sleep_until(idle_until) => {
                    if self.roster.withdraw(&self.version, self.id) {
                        return None;
                    }
                    // Somebody has just chosen this environment.
                    return self.orders.recv().await.and_then(Order::job);
                }
            };
            match event {
                Event::Exited(_) => self.progress.process = None,
                Event::Deadline | Event::OutOfMemory => self.reset().await,
                Event::Ready | Event::Answer(_) | Event::InitError(_) => {}
            }
        }
    }

    /// Runs one request to its end; false if the environment is not needed any more.
    async fn serve(&mut self, job: Job) -> bool {
        let Job {
            payload,
            trace_id,
            reply,
            slot,
        } = job;
        let request_id = Uuid::new_v4();
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
        // Idle before the caller knows: its next request is to find this environment, not a new one.
        let kept = self
            .roster
            .release(&self.version, self.id, &self.address, slot);
        // A caller that stopped waiting takes nothing away from the request.
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

    /// The init phase: outside of the function's time-out, with a limit of its own. If it fails,
    /// the request's own time is used for a second attempt.
    async fn init(&mut self) -> Option<Duration> {
        self.progress.initialized = true;
        self.journal.init_start();
        let begun = Instant::now();
        let limit = self.roster.settings.init_limit;
        match self.start(begun + limit, limit).await {
            Ok(()) => Some(begun.elapsed()),
            Err(failure) => {
                self.journal
                    .init_report(begun.elapsed(), Phase::Init, &failure.status());
                None
            }
        }
    }

    /// A process that has answered may still be on its way back to the Runtime API.
    async fn settle(&mut self) {
        while let Some(process) = &mut self.progress.process
            && !process.is_waiting()
        {
            let until = self.progress.return_by;
            tokio::select! {
                () = closed(&mut self.closing) => return,
                event = process.event(until, &self.journal) => match event {
                    Event::Exited(_) => self.progress.process = None,
                    Event::Deadline | Event::OutOfMemory => self.reset().await,
                    Event::Ready | Event::Answer(_) | Event::InitError(_) => {}
                }
            }
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
                break Failure::Sandbox("the process is gone".to_owned());
            };
            undelivered = undelivered.and_then(|delivery| process.deliver(delivery).err());
            let event = tokio::select! {
                biased;
                event = process.event(Some(deadline), &self.journal) => event,
                () = closed(&mut self.closing) => break shutting_down(),
            };
            match event {
                Event::Answer(outcome) => {
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
                Event::Ready | Event::InitError(_) => {}
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
            // An answer without a request is refused before it becomes an event.
            Event::Ready | Event::Answer(_) => return Ok(()),
            Event::InitError(failure) => failure,
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

    /// Process memory is lost, `/tmp` is kept; the next request starts a new process.
    async fn reset(&mut self) {
        if let Some(process) = self.progress.process.take() {
            self.progress.peak_kib = process.peak_kib();
            process.kill(&self.journal).await;
        }
    }
}

/// The next event of a process, if there is one.
async fn event(process: &mut Option<Process>, until: Option<Instant>, journal: &Journal) -> Event {
    match process {
        Some(process) => process.event(until, journal).await,
        None => std::future::pending().await,
    }
}

/// Waits until the host shuts down.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // A host that is gone altogether has been shut down as well.
    let _ = closing.wait_for(|closing| *closing).await;
}

fn shutting_down() -> Failure {
    Failure::Sandbox("the host is shutting down".to_owned())
}

fn epoch_ms(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis())
}
