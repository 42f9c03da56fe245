//! Opens the embedded engine, and deletes expired items.

use std::{
    fs::{File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use dynoxide::Database;

use crate::{Error, Storage};

/// How often expired items are deleted. Until then they can be read, as in DynamoDB, which deletes
/// them within days.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Reserves the database for this process by a lock on a file beside it. SQLite's own lock would let
/// two processes alternate, and each would miss the tokens of transactions that the other keeps in
/// memory.
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

/// Deletes a database file, with all tables.
///
/// # Errors
/// Fails if another process uses the database, or the file cannot be deleted.
pub fn delete(database: &Path) -> Result<(), Error> {
    let _lock = lock(database)?;
    // The write-ahead log first: with another database file, SQLite would apply it to that one.
    for suffix in ["-wal", "-shm", ""] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::File {
                    file: database.to_path_buf(),
                    source: error,
                });
            }
            _ => {}
        }
    }
    Ok(())
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

/// Deletes expired items at intervals, until the runtime ends.
pub(crate) async fn sweep(database: Database) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    // The first tick is immediate.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let database = database.clone();
        // The next sweep deletes the items that a failed one leaves.
        let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}
