//! The file by which other commands find a running server's database. It holds credentials with all
//! permissions, so only its owner can read it.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use dynamodb_host::Credentials;
use serde::{Deserialize, Serialize};

use crate::{error::Error, server::Server, state};

/// The folder of the records, in the folder for state.
const FOLDER: &str = "servers";

/// A running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServerRecord {
    /// The URL of the API.
    pub(crate) url: String,
    /// The URL of DynamoDB.
    pub(crate) database: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    /// The file of the database; none if it is in memory.
    pub(crate) file: Option<PathBuf>,
}

/// A record in the folder for state. Dropping it removes the record.
#[derive(Debug)]
pub(crate) struct PublishedRecord(PathBuf);

impl ServerRecord {
    fn of(server: &Server) -> Self {
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        } = server.database_owner();
        Self {
            url: server.url(),
            database: server.database_url().to_owned(),
            access_key_id,
            secret_access_key,
            session_token,
            // Other commands run in other folders.
            file: server
                .database_file()
                .map(|file| file.canonicalize().unwrap_or_else(|_| file.to_path_buf())),
        }
    }

    /// Writes the record of `server` into `folder`, the folder for state.
    pub(crate) fn publish(folder: &Path, server: &Server) -> Result<PublishedRecord, Error> {
        let folder = folder.join(FOLDER);
        state::prepare(&folder)?;
        let record = Self::of(server);
        // A server that was killed leaves its record, which the next one on its port replaces.
        let path = folder.join(format!("{}.json", server.port()));
        let unusable = |source| Error::State {
            path: path.clone(),
            source,
        };
        let json = serde_json::to_vec(&record).map_err(|error| unusable(error.into()))?;
        // A temporary file is its owner's alone.
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(unusable)?;
        file.write_all(&json).map_err(unusable)?;
        file.persist(&path).map_err(|error| unusable(error.error))?;
        Ok(PublishedRecord(path))
    }

    /// Reads the records in `folder`, the folder for state, with their paths. Some may be of servers
    /// that have ended.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<(PathBuf, Self)>, Error> {
        let folder = folder.join(FOLDER);
        let unusable = |source| Error::State {
            path: folder.clone(),
            source,
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(error)),
        };
        let mut records = Vec::new();
        for entry in entries {
            let path = entry.map_err(unusable)?.path();
            // A file may disappear, because its server ends, and other files are not records.
            let record = fs::read(&path).ok();
            let record = record.and_then(|json| serde_json::from_slice(&json).ok());
            records.extend(record.map(|record| (path, record)));
        }
        records.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(records)
    }
}

impl Drop for PublishedRecord {
    fn drop(&mut self) {
        // A record that cannot be removed is recognized later: its server does not respond.
        let _ = fs::remove_file(&self.0);
    }
}
