//! The execution environments of all functions.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};
use uuid::Uuid;

use crate::{
    InvokeOutcome, LogLine, LogSource, Settings,
    environment::{Environment, FREEZE_AFTER, Progress},
    failure::Failure,
    folder::Folder,
    function_version::Version,
    journal::Journal,
    repeated_poll::RepeatedPoll,
    roster::{Job, NewEnvironment, Roster},
};

pub(crate) struct Fleet {
    pub(crate) roster: Arc<Roster>,
    folder: Folder,
    closing: watch::Sender<bool>,
    environments: watch::Sender<usize>,
}

impl Fleet {
    pub(crate) fn new(settings: Settings, folder: Folder) -> Self {
        Self {
            roster: Arc::new(Roster::new(settings)),
            folder,
            closing: watch::Sender::new(false),
            environments: watch::Sender::new(0),
        }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Gives an invocation to an environment, and returns where its outcome arrives.
    pub(crate) fn place(
        self: &Arc<Self>,
        name: &str,
        request_id: Uuid,
        payload: Bytes,
        trace_id: String,
    ) -> Result<oneshot::Receiver<InvokeOutcome>, InvokeOutcome> {
        let (reply, outcome) = oneshot::channel();
        let job = |slot| Job {
            request_id,
            payload,
            trace_id,
            reply,
            slot,
        };
        if let Some(new) = self.roster.assign(name, job)? {
            self.start(new);
        }
        Ok(outcome)
    }

    /// Starts an environment, and further ones for waiting invocations when it ends.
    pub(crate) fn start(self: &Arc<Self>, new: NewEnvironment) {
        let alive = Alive::new(Arc::clone(self));
        let fleet = Arc::clone(self);
        tokio::spawn(RepeatedPoll::new(async move {
            let mut next = Some(new);
            while let Some(NewEnvironment { version, id, job }) = next {
                let name = Arc::clone(&version.name);
                match fleet.environment(version, id) {
                    Ok(environment) => environment.run(job).await,
                    Err(error) => {
                        fleet.log(
                            &name,
                            &format!("could not create the folder of an environment: {error}"),
                        );
                        let failed = InvokeOutcome::FunctionError(Failure::no_environment());
                        let _ = job.map(|job| job.reply.send(failed));
                    }
                }
                next = fleet.roster.ended(&name);
            }
            drop(alive);
        }));
    }

    /// Returns the number of environments, idle and busy.
    pub(crate) fn environments(&self) -> usize {
        *self.environments.borrow()
    }

    /// Tells every environment to end.
    pub(crate) fn close(&self) {
        self.roster.close();
        self.closing.send_replace(true);
    }

    /// Waits until no environment is left.
    pub(crate) async fn emptied(&self) {
        // Waiting fails only if the sender is dropped, which `self` owns.
        let _ = self
            .environments
            .subscribe()
            .wait_for(|&count| count == 0)
            .await;
    }

    /// Writes a line of the host to a function's log.
    pub(crate) fn log(&self, function: &str, text: &str) {
        self.roster.settings.log.write(LogLine {
            function: function.into(),
            stream: "".into(),
            request_id: None,
            source: LogSource::Host,
            text: text.to_owned(),
        });
    }

    fn environment(
        self: &Arc<Self>,
        version: Arc<Version>,
        id: u64,
    ) -> std::io::Result<Environment> {
        let tmp = tempfile::Builder::new()
            .prefix("tmp-")
            .tempdir_in(self.folder())?;
        let (address, commands) = mpsc::unbounded_channel();
        let today = Timestamp::now()
            .to_zoned(TimeZone::UTC)
            .strftime("%Y/%m/%d")
            .to_string();
        let journal = Journal {
            sink: Arc::clone(&self.roster.settings.log),
            format: self.roster.settings.log_format,
            function: Arc::clone(&version.name),
            arn: Arc::clone(&version.arn),
            region: self.roster.settings.region.clone(),
            memory_mb: version.memory_mb,
            stream: format!("{today}/[$LATEST]{}", Uuid::new_v4().simple()).into(),
            request_id: None,
        };
        Ok(Environment {
            id,
            roster: Arc::clone(&self.roster),
            version,
            journal,
            tmp,
            commands,
            address,
            closing: self.closing.subscribe(),
            progress: Progress::default(),
            freeze_timer: Box::pin(sleep(FREEZE_AFTER)),
        })
    }
}

/// Counts an environment from its start until its process and folder are gone.
struct Alive(Arc<Fleet>);

impl Alive {
    fn new(fleet: Arc<Fleet>) -> Self {
        fleet.environments.send_modify(|count| *count += 1);
        Self(fleet)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.environments.send_modify(|count| *count -= 1);
    }
}
