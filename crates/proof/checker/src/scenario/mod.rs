//! What the checker can do, each with a front door of its own or one that is there.

mod repeats;
mod rounds;
mod rush;

pub use repeats::repeats;
pub use rounds::{Plan, rounds};
pub use rush::rush;

use crate::client::{Client, FaultsAt};
use crate::figures::Figures;
use crate::front_door::{self, Door};
use local::Issuer;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The store that is checked.
#[derive(Debug)]
pub struct Store {
    /// Who asks.
    pub client: Arc<Client>,
    door: Option<Door>,
    faults: Option<FaultsAt>,
    begun: Instant,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no front door.
    #[error(transparent)]
    Door(#[from] front_door::Error),
    /// There is no issuer.
    #[error("cannot make tokens")]
    Issuer(#[source] local::Error),
    /// The scenario needs what is not to be had.
    #[error("{0}")]
    Needs(&'static str),
}

impl Store {
    /// A front door of the checker's own.
    ///
    /// # Errors
    /// When it does not come to serve.
    pub async fn open(setup: front_door::Setup) -> Result<Self, Error> {
        let issuer = issuer(&setup.manifest)?;
        let door = Door::open(setup).await?;
        Ok(Self {
            client: Arc::new(Client::new(&door.url(), issuer)),
            door: Some(door),
            faults: None,
            begun: Instant::now(),
        })
    }

    /// A front door that is there, and perhaps the endpoint of its faults.
    ///
    /// # Errors
    /// When there is no issuer in the workspace.
    pub fn at(url: &str, faults: Option<&str>, manifest: &Path) -> Result<Self, Error> {
        let faults = faults.map(|url| FaultsAt(url.trim_end_matches('/').to_owned()));
        Ok(Self {
            client: Arc::new(Client::new(url, issuer(manifest)?)),
            door: None,
            faults,
            begun: Instant::now(),
        })
    }

    /// The faults of the store, if there is a way to them.
    #[must_use]
    pub fn faults(&self) -> Option<&FaultsAt> {
        self.door
            .as_ref()
            .map(Door::faults)
            .or(self.faults.as_ref())
    }

    /// Completes the figures and ends what was started.
    pub async fn close(mut self, mut figures: Figures) -> Figures {
        figures.faults = match (&mut self.door, &self.faults) {
            (Some(door), _) => door.mischief().await,
            (None, Some(faults)) => faults.counts().await.into_iter().collect(),
            (None, None) => BTreeMap::new(),
        };
        (figures.requests, figures.unsettled) = self.client.requests();
        figures.took = self.begun.elapsed();
        if let Some(door) = self.door {
            door.close().await;
        }
        figures
    }
}

fn issuer(manifest: &Path) -> Result<Arc<Issuer>, Error> {
    let root = manifest.parent().unwrap_or(Path::new("."));
    let issuer = Issuer::open(&root.join(".colonnade")).map_err(Error::Issuer)?;
    Ok(Arc::new(issuer))
}

/// A name that no run had before, so that one database serves many.
fn run_name() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("r{:x}", now.as_millis())
}
