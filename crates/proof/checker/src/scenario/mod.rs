//! The scenarios of the checker, against a new front door or a running one.

mod repeats;
mod rounds;
mod rush;

use std::{
    io,
    path::Path,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use local::Issuer;

pub use self::{
    repeats::repeats,
    rounds::{Plan, rounds},
    rush::{Rush, rush},
};
use crate::{
    Violation,
    check::Violations,
    client::Client,
    fault_endpoint::FaultEndpoint,
    figures::Figures,
    front_door_process::{self, FrontDoorProcess},
};

/// The store that is checked.
#[derive(Debug)]
pub struct Store {
    pub client: Arc<Client>,
    front_door: Option<FrontDoorProcess>,
    faults: Option<FaultEndpoint>,
    begun: Instant,
}

/// Why a scenario could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    FrontDoor(#[from] front_door_process::Error),
    #[error("cannot open the development issuer")]
    Issuer(#[source] local::Error),
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("{0}")]
    Missing(&'static str),
}

impl Store {
    /// Starts a front door.
    ///
    /// # Errors
    /// Fails if the front door does not become ready.
    pub async fn start(settings: front_door_process::Settings) -> Result<Self, Error> {
        let issuer = issuer(&settings.manifest)?;
        let front_door = FrontDoorProcess::start(settings).await?;
        Ok(Self {
            client: Arc::new(Client::new(front_door.url(), issuer)),
            front_door: Some(front_door),
            faults: None,
            begun: Instant::now(),
        })
    }

    /// Uses a running front door, and its fault endpoint if a DynamoDB endpoint and a token are
    /// given.
    ///
    /// # Errors
    /// Fails if the workspace's issuer cannot be opened.
    pub fn at(url: &str, faults: Option<(&str, &str)>, manifest: &Path) -> Result<Self, Error> {
        Ok(Self {
            client: Arc::new(Client::new(url, issuer(manifest)?)),
            front_door: None,
            faults: faults.map(|(url, token)| FaultEndpoint::new(url, token)),
            begun: Instant::now(),
        })
    }

    fn faults(&self) -> Option<&FaultEndpoint> {
        let front_door = self.front_door.as_ref();
        front_door
            .map(FrontDoorProcess::faults)
            .or(self.faults.as_ref())
    }

    /// Completes the figures and stops the front door.
    async fn close(self, mut figures: Figures) -> Figures {
        if let Some(front_door) = &self.front_door {
            figures.faults = front_door.fault_counts().await;
        } else if let Some(faults) = &self.faults {
            figures.faults = faults.counts().await;
        }
        (figures.requests, figures.unsettled) = self.client.requests();
        figures.duration = self.begun.elapsed();
        if let Some(front_door) = self.front_door {
            front_door.stop().await;
        }
        figures
    }

    /// Counts the history and the violations of a scenario, and stops the front door.
    async fn finish(self, found: Violations) -> (Vec<Violation>, Figures) {
        let found = found.into_vec();
        let mut figures = Figures::default();
        figures.count(&self.client.history.take());
        figures.violations = found.len() as u64;
        (found, self.close(figures).await)
    }
}

fn issuer(manifest: &Path) -> Result<Arc<Issuer>, Error> {
    let root = manifest.parent().unwrap_or(Path::new("."));
    let issuer = Issuer::open(&root.join(".colonnade")).map_err(Error::Issuer)?;
    Ok(Arc::new(issuer))
}

/// Returns a new name, so that several runs can share a database.
fn run_name() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("r{:x}", now.as_millis())
}
