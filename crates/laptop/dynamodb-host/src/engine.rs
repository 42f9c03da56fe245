//! The database itself, behind a listener that only the door knows.

use std::{
    fs::{File, TryLockError},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use dynoxide::Database;
use tokio::net::TcpListener;

use crate::{Error, Storage};

/// How often expired items are swept. DynamoDB itself promises no more than days.
const SWEEP: Duration = Duration::from_secs(60);

/// Claims the database for this process, by a lock on a file beside it: SQLite's own would let two
/// processes take turns, and each would miss what the other remembers in memory.
pub(crate) fn lock(database: &Path) -> Result<File, Error> {
    let unusable = |source| Error::File {
        file: database.to_path_buf(),
        source,
    };
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let file = File::create(PathBuf::from(name)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            file: database.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

pub(crate) fn open(storage: &Storage) -> Result<Database, Error> {
    match storage {
        Storage::Memory => Database::memory().map_err(Error::Engine),
        Storage::File(file) => {
            let path = file.to_str().ok_or_else(|| Error::File {
                file: file.clone(),
                source: std::io::Error::new(
                    std::io::ErrorKind::InvalidFilename,
                    "the path is not UTF-8",
                ),
            })?;
            Database::new(path).map_err(Error::Engine)
        }
    }
}

/// Serves `database` for as long as the runtime lives, and says where.
pub(crate) async fn serve(database: Database) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(sweep(database.clone()));
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        database,
        std::future::pending(),
    ));
    Ok(address)
}

async fn sweep(database: Database) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let database = database.clone();
        // A sweep that fails leaves its items to the next one.
        let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}
