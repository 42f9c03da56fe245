#![doc = include_str!("../README.md")]

mod admin;
mod authorizing_proxy;
mod callers;
mod engine;
mod faults;
mod required_actions;
mod responses;
mod table_creation;
mod unconditional;

pub use callers::Credentials;
pub use faults::{Fault, FaultSettings, FaultSettingsError, Faults};

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use manifest::{Permissions, Table};
use tokio::runtime::Runtime;

use callers::Callers;

/// Where the items live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory, gone when it stops.
    Memory,
    /// In a file, made when it does not exist. One process at a time may use it.
    File(PathBuf),
}

/// A running DynamoDB.
///
/// Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    callers: Arc<Callers>,
    owner: Credentials,
    faults: Faults,
    running: Option<Running>,
}

/// Why a database could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or its folder cannot be used.
    #[error("cannot use {} as database", file.display())]
    File {
        /// The database.
        file: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the file open.
    #[error("the database {} is in use by another process", file.display())]
    InUse {
        /// The database.
        file: PathBuf,
    },
    /// The engine refuses, for instance because the file is not a database.
    #[error("the database engine refuses to start")]
    Engine(#[source] dynoxide::DynoxideError),
    /// A table cannot be made as declared.
    #[error("cannot make the table {table:?} as declared")]
    Table {
        /// The table's name.
        table: String,
        /// What the engine said.
        #[source]
        source: dynoxide::DynoxideError,
    },
    /// The file has a table of other keys than the declaration's, which DynamoDB cannot change.
    #[error(
        "the database has a table {table:?} with other keys than the declared ones, and keys cannot \
         change ({differs}); rename the table, or start with another or no database file"
    )]
    OtherKeys {
        /// The table's name.
        table: String,
        /// Which part of it differs.
        differs: String,
    },
    /// Loopback addresses or threads are exhausted.
    #[error("cannot serve on the loopback address")]
    Serve(#[source] std::io::Error),
}

/// What ends when the database stops.
struct Running {
    door: Runtime,
    engine: Runtime,
    database: dynoxide::Database,
    _lock: Option<std::fs::File>,
}

/// How long `stop` waits for a call that is being served.
const PATIENCE: Duration = Duration::from_secs(2);

impl DynamoDb {
    /// Opens the database, makes the tables that are missing, and serves on a free loopback port.
    ///
    /// # Errors
    /// When the file cannot be used, or has tables that contradict the declared ones.
    pub async fn start(storage: Storage, tables: &BTreeMap<String, Table>) -> Result<Self, Error> {
        let tables = tables.clone();
        blocking(move || Self::start_blocking(&storage, &tables)).await
    }

    fn start_blocking(storage: &Storage, tables: &BTreeMap<String, Table>) -> Result<Self, Error> {
        let lock = match storage {
            Storage::Memory => None,
            Storage::File(file) => Some(engine::lock(file)?),
        };
        let database = engine::open(storage)?;
        table_creation::ensure(&database, tables)?;

        let runtime = |name: &str, threads: usize| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(threads)
                .thread_name(name)
                .enable_all()
                .build()
                .map_err(Error::Serve)
        };
        // The engine's calls block their threads, and wait for each other there.
        let engine = runtime("dynamodb-engine", 4)?;
        let door = runtime("dynamodb-door", 1)?;

        let inner = engine
            .block_on(engine::serve(database.clone()))
            .map_err(Error::Serve)?;
        let callers = Arc::new(Callers::default());
        let faults = Faults::default();
        let address = door
            .block_on(authorizing_proxy::serve(
                inner,
                Arc::clone(&callers),
                faults.clone(),
            ))
            .map_err(Error::Serve)?;
        Ok(Self {
            endpoint: format!("http://{address}"),
            owner: callers.admit_owner(),
            callers,
            faults,
            running: Some(Running {
                door,
                engine,
                database,
                _lock: lock,
            }),
        })
    }

    /// Where it answers, for `AWS_ENDPOINT_URL_DYNAMODB`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// New credentials for the function `name`, good for what `permissions` allow and nothing else.
    /// Credentials given before stay good for what they were given for.
    #[must_use]
    pub fn admit(&self, name: &str, permissions: &Permissions) -> Credentials {
        self.callers.admit(name, permissions.clone())
    }

    /// Credentials that may do everything.
    #[must_use]
    pub fn owner(&self) -> Credentials {
        self.owner.clone()
    }

    /// The faults that are injected between the functions and the database; none at first. The
    /// owner's calls are spared.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes the tables and indexes that are missing, while it serves.
    ///
    /// # Errors
    /// When a table contradicts the declared one.
    pub async fn declare(&self, tables: &BTreeMap<String, Table>) -> Result<(), Error> {
        let Some(running) = &self.running else {
            return Ok(());
        };
        let (database, tables) = (running.database.clone(), tables.clone());
        blocking(move || table_creation::ensure(&database, &tables)).await
    }

    /// Ends calls and threads, and closes the file.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            blocking(move || running.end()).await;
        }
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.door.shutdown_background();
            running.engine.shutdown_background();
        }
    }
}

impl Running {
    /// Ends the door before the engine, so that no call begins that cannot end; the
    /// lock goes last.
    fn end(self) {
        self.door.shutdown_timeout(PATIENCE);
        self.engine.shutdown_timeout(PATIENCE);
        drop(self.database);
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// Runs `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
