//! API keys and quotas of a server: in memory for the gateway, in a file for the next run.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use gateway::{ApiKeys, QuotaPeriod};

use crate::{
    error::{self, Error},
    usage_database::UsageDatabase,
};

/// API keys and quotas of a server.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    keys: Arc<ApiKeys>,
    /// None if there are no keys.
    database: Option<Arc<Mutex<UsageDatabase>>>,
    keeps_counts: bool,
}

impl Usage {
    /// Opens the file in the folder for state. Unless `keeps_counts`, quotas begin anew, and what counts
    /// is kept in memory.
    ///
    /// # Errors
    /// When the file cannot be used, or is damaged.
    pub fn open(folder: &Path, keeps_counts: bool) -> Result<Self, Error> {
        let mut database = UsageDatabase::open(folder)?;
        let keys = database.keys()?.into_iter().map(|named| named.key);
        let counts = if keeps_counts {
            database.counts()?
        } else {
            Vec::new()
        };
        Ok(Self {
            keys: Arc::new(ApiKeys::new(keys, counts)),
            database: Some(Arc::new(Mutex::new(database))),
            keeps_counts,
        })
    }

    pub(crate) fn keys(&self) -> Arc<ApiKeys> {
        Arc::clone(&self.keys)
    }

    /// Takes over keys that `cargo local key` has changed meanwhile.
    pub(crate) async fn refresh(&self) {
        let keys = self.keys();
        self.with_database(move |database| {
            if let Some(changed) = database.changed_keys()? {
                keys.replace(changed.into_iter().map(|named| named.key));
            }
            Ok(())
        })
        .await;
    }

    /// Keeps for the next run that a request counted.
    pub(crate) async fn store(&self, counted: QuotaPeriod) {
        if self.keeps_counts {
            self.with_database(move |database| database.count(&counted))
                .await;
        }
    }

    /// Uses the file on a thread where it may wait. If it cannot be used, prints the error and continues:
    /// AWS serves requests too when it cannot count them (fact R4.7).
    async fn with_database(
        &self,
        act: impl FnOnce(&mut UsageDatabase) -> Result<(), Error> + Send + 'static,
    ) {
        let Some(database) = self.database.clone() else {
            return;
        };
        let acted = tokio::task::spawn_blocking(move || {
            let mut database = database.lock().unwrap_or_else(PoisonError::into_inner);
            act(&mut database)
        });
        if let Ok(Err(error)) = acted.await {
            eprintln!("warning: {}", error::chain(&error));
        }
    }
}
