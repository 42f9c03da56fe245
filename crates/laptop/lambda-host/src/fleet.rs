//! The execution environments of all functions.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::{
    InvokeOutcome, LogLine, LogSource, Settings,
    environment::{Environment, Progress},
    failure::Failure,
    folder::Folder,
    function_version::Version,
    journal::Journal,
    roster::{Assignment, Roster},
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

    /// Gives a request to an environment, a new one if none is idle, or says why not.
    pub(crate) fn place(
        self: &Arc<Self>,
        name: &str,
        payload: Bytes,
        trace_id: String,
    ) -> Result<oneshot::Receiver<InvokeOutcome>, InvokeOutcome> {
        let (reply, outcome) = oneshot::channel();
        let assignment = self.roster.assign(name, payload, trace_id, reply)?;
        let Assignment::New { version, id, order } = assignment else {
            return Ok(outcome);
        };
        match self.environment(version, id) {
            Ok(environment) => {
                // The environment holds the other end, so this arrives.
                let _ = environment.address.send(order);
                let alive = Alive::new(Arc::clone(self));
                tokio::spawn(async move {
                    environment.run().await;
                    drop(alive);
                });
                Ok(outcome)
            }
            Err(error) => {
                self.log(
                    name,
                    &format!("could not make a folder for an environment: {error}"),
                );
                Err(InvokeOutcome::FunctionError(Failure::no_environment()))
            }
        }
    }

    /// How many environments there are, idle and busy.
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
        // The sender is ours, so waiting cannot fail.
        let _ = self
            .environments
            .subscribe()
            .wait_for(|&count| count == 0)
            .await;
    }

    /// Says in a function's log what this host does not do as Lambda does.
    pub(crate) fn log(&self, function: &str, text: &str) {
        self.roster.settings.log.write(LogLine {
            function: function.into(),
            stream: "".into(),
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
        let (address, orders) = mpsc::unbounded_channel();
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
        };
        Ok(Environment {
            id,
            roster: Arc::clone(&self.roster),
            version,
            journal,
            tmp,
            orders,
            address,
            closing: self.closing.subscribe(),
            progress: Progress::default(),
        })
    }
}

/// Counts an environment from its start until nothing is left of it.
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
