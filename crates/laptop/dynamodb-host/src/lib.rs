#![doc = include_str!("../README.md")]

mod callers;
mod denials;
mod dispatch;
mod dynamodb_call;
mod engine;
mod fault_api;
mod fault_settings;
mod faults;
mod http_server;
mod index_lag;
mod local_request;
mod required_actions;
mod responses;
mod table_creation;
mod unconditional;

pub use callers::Credentials;
pub use denials::Denial;
pub use engine::delete;
pub use fault_settings::{Fault, FaultSettings, FaultSettingsError};
pub use faults::Faults;

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use manifest::{Permissions, Table};
use tokio::runtime::Runtime;

use callers::Callers;
use denials::Denials;
use dispatch::Dispatcher;
use fault_api::FaultApi;
use http_server::HttpServer;

/// Where the items are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory, until the database stops.
    Memory,
    /// In a file, which is created if it does not exist. One process at a time can use it.
    File(PathBuf),
}

/// A running DynamoDB.
///
/// Dropping it stops it without waiting for calls.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    callers: Arc<Callers>,
    denials: Denials,
    owner: Credentials,
    faults: Faults,
    fault_token: String,
    running: Option<Running>,
}

/// The reason why a database could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot use {} as database", file.display())]
    File {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the database {} is in use by another process", file.display())]
    InUse { file: PathBuf },
    /// For example because the file is not a database.
    #[error("cannot open the database")]
    Engine(#[source] dynoxide::DynoxideError),
    #[error("cannot create the table {table:?} as declared")]
    Table {
        table: String,
        #[source]
        source: dynoxide::DynoxideError,
    },
    /// The file has a table with other keys than the declared ones. DynamoDB cannot change keys.
    #[error(
        "the database has a table {table:?} with other keys than the declared ones, and keys cannot \
         change ({differs}); rename the table, or start with another or no database file"
    )]
    OtherKeys { table: String, differs: String },
    #[error("cannot serve on the loopback address")]
    Serve(#[source] std::io::Error),
}

/// What ends when the database stops.
struct Running {
    runtime: Runtime,
    database: dynoxide::Database,
    _lock: Option<std::fs::File>,
}

/// How long `stop` waits for calls in progress.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

impl DynamoDb {
    /// Opens the database, creates the missing tables, and serves on a free loopback port.
    ///
    /// # Errors
    /// Fails if the file cannot be used, or has tables with other keys than the declared ones.
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

        // Threads of its own, so that it never blocks the program that embeds it. One serves the
        // connections; the engine executes one call at a time, and more threads wait for it.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("dynamodb")
            .enable_all()
            .build()
            .map_err(Error::Serve)?;
        let listener = runtime.block_on(http_server::bind());
        let listener = listener.map_err(Error::Serve)?;
        let address = listener.local_addr().map_err(Error::Serve)?;

        let callers = Arc::new(Callers::default());
        let denials = Denials::default();
        let faults = Faults::default();
        let fault_api = FaultApi::new(faults.clone());
        let fault_token = fault_api.token().to_owned();
        let server = HttpServer {
            dispatcher: Dispatcher::new(
                database.clone(),
                Arc::clone(&callers),
                denials.clone(),
                faults.clone(),
            ),
            fault_api,
            port: address.port(),
        };
        runtime.spawn(Arc::new(server).serve(listener));
        runtime.spawn(engine::sweep(database.clone()));
        Ok(Self {
            endpoint: format!("http://{address}"),
            owner: callers.admit_owner(),
            callers,
            denials,
            faults,
            fault_token,
            running: Some(Running {
                runtime,
                database,
                _lock: lock,
            }),
        })
    }

    /// Returns the URL, for `AWS_ENDPOINT_URL_DYNAMODB`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns new credentials for the function `name` with these permissions. Earlier credentials
    /// keep the permissions that they were created with.
    #[must_use]
    pub fn admit(&self, name: &str, permissions: &Permissions) -> Credentials {
        self.callers.admit_function(name, permissions.clone())
    }

    /// Returns credentials with all permissions.
    #[must_use]
    pub fn owner(&self) -> Credentials {
        self.owner.clone()
    }

    /// Returns the permissions that calls of the function `name` have used. Calls that were denied or
    /// that an injected fault kept from being executed do not count.
    #[must_use]
    pub fn permissions_used(&self, name: &str) -> Permissions {
        self.callers.permissions_used(name)
    }

    /// Calls `observer` for each call that is denied from now on. It must not block. A second observer
    /// is ignored.
    pub fn observe_denials(&self, observer: impl Fn(Denial) + Send + Sync + 'static) {
        self.denials.observe(observer);
    }

    /// Returns the faults that are injected into the functions' calls; none at first. The owner's
    /// calls have no faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Returns the bearer token for `/_faults` on the endpoint. The functions must not have it.
    #[must_use]
    pub fn fault_token(&self) -> &str {
        &self.fault_token
    }

    /// Creates missing tables and indexes while the database is running.
    ///
    /// # Errors
    /// Fails if a table has other keys than the declared ones.
    pub async fn declare(&self, tables: &BTreeMap<String, Table>) -> Result<(), Error> {
        let Some(running) = &self.running else {
            return Ok(());
        };
        let (database, tables) = (running.database.clone(), tables.clone());
        blocking(move || table_creation::ensure(&database, &tables)).await
    }

    /// Waits up to two seconds for calls in progress, and closes the file.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            blocking(move || running.end()).await;
        }
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.runtime.shutdown_background();
        }
    }
}

impl Running {
    /// Waits for calls in progress, closes the file, and releases the lock.
    fn end(self) {
        self.runtime.shutdown_timeout(STOP_TIMEOUT);
        drop(self.database);
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// Runs `work` on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
