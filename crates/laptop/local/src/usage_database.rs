//! The file of API keys and of what counted in their quotas.
//!
//! A count is committed before its function is invoked, so it survives the end of the process, even by
//! SIGKILL. It is not forced to the disk: what counted in the last moments may be lost with the power.

use std::path::{Path, PathBuf};

use gateway::{ApiKey, Date, QuotaPeriod, Timestamp};
use manifest::Period;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::{error::Error, state};

/// The file in the folder for state.
const FILE: &str = "usage.sqlite";

/// How long to wait for another process, in milliseconds.
const BUSY: u32 = 5_000;

/// The file of API keys and counts.
#[derive(Debug)]
pub(crate) struct UsageDatabase {
    path: PathBuf,
    connection: Connection,
    /// The version of the file when the keys were read.
    version: Option<i64>,
}

/// An API key with its name.
#[derive(Debug, Clone)]
pub(crate) struct NamedKey {
    pub(crate) name: String,
    pub(crate) key: ApiKey,
}

impl UsageDatabase {
    /// Opens the file in this folder, which exists. Creates it if it is missing.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be used, or is damaged.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        state::prepare_file(&path)?;
        let opened = connect(&path);
        let connection = opened.map_err(|source| unusable(&path, source))?;
        Ok(Self {
            path,
            connection,
            version: None,
        })
    }

    /// Returns the keys, sorted by name.
    pub(crate) fn keys(&mut self) -> Result<Vec<NamedKey>, Error> {
        self.version = Some(self.file_version()?);
        let read = || {
            let mut select = self
                .connection
                .prepare_cached("SELECT * FROM keys ORDER BY name")?;
            let keys = select.query_map([], named_key)?;
            keys.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| unusable(&self.path, source))
    }

    /// Returns the keys if another process has changed the file since they were read last.
    pub(crate) fn changed_keys(&mut self) -> Result<Option<Vec<NamedKey>>, Error> {
        if self.version == Some(self.file_version()?) {
            return Ok(None);
        }
        self.keys().map(Some)
    }

    /// Returns the key with this name.
    pub(crate) fn key(&self, name: &str) -> Result<Option<NamedKey>, Error> {
        let found =
            self.connection
                .query_row("SELECT * FROM keys WHERE name = ?", [name], named_key);
        found
            .optional()
            .map_err(|source| unusable(&self.path, source))
    }

    /// Adds a key, unless one has its name already.
    pub(crate) fn add_key(&self, NamedKey { name, key }: &NamedKey) -> Result<(), Error> {
        let added = self.connection.execute(
            "INSERT INTO keys (id, name, value, plan, enabled, created)
             VALUES (:id, :name, :value, :plan, :enabled, :created)
             ON CONFLICT (name) DO NOTHING",
            named_params! {
                ":id": key.id,
                ":name": name,
                ":value": key.value,
                ":plan": key.plan,
                ":enabled": key.enabled,
                ":created": key.created.to_string(),
            },
        );
        self.done(added).map(drop)
    }

    /// Enables or disables a key. Returns whether there is one with this name.
    pub(crate) fn enable_key(&self, name: &str, enabled: bool) -> Result<bool, Error> {
        let changed = self.connection.execute(
            "UPDATE keys SET enabled = :enabled WHERE name = :name",
            named_params! {":enabled": enabled, ":name": name},
        );
        self.done(changed)
    }

    /// Deletes a key and what counted for it. Returns whether there was one with this name.
    pub(crate) fn delete_key(&self, name: &str) -> Result<bool, Error> {
        let delete = || {
            let transaction = self.connection.unchecked_transaction()?;
            transaction.execute(
                "DELETE FROM counts WHERE key_id IN (SELECT id FROM keys WHERE name = ?)",
                [name],
            )?;
            let deleted = transaction.execute("DELETE FROM keys WHERE name = ?", [name])?;
            transaction.commit()?;
            Ok(deleted)
        };
        self.done(delete())
    }

    /// Returns how many requests counted in each period.
    pub(crate) fn counts(&self) -> Result<Vec<(QuotaPeriod, u32)>, Error> {
        let read = || {
            let mut select = self
                .connection
                .prepare("SELECT key_id, period, start, count FROM counts")?;
            let counts = select.query_map([], |row| {
                let period = QuotaPeriod {
                    key_id: row.get(0)?,
                    period: parsed::<Period>(row, 1)?,
                    start: parsed::<Date>(row, 2)?,
                };
                Ok((period, row.get(3)?))
            })?;
            counts.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| unusable(&self.path, source))
    }

    /// Counts one request.
    pub(crate) fn count(&self, counted: &QuotaPeriod) -> Result<(), Error> {
        let count = || {
            self.connection
                .prepare_cached(
                    "INSERT INTO counts (key_id, period, start, count)
                     VALUES (:key_id, :period, :start, 1)
                     ON CONFLICT DO UPDATE SET count = count + 1",
                )?
                .execute(named_params! {
                    ":key_id": counted.key_id,
                    ":period": <&str>::from(counted.period),
                    ":start": counted.start.to_string(),
                })
        };
        self.done(count()).map(drop)
    }

    /// A number that changes when another process changes the file.
    fn file_version(&self) -> Result<i64, Error> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|source| unusable(&self.path, source))
    }

    /// Returns whether rows were changed.
    fn done(&self, changed: rusqlite::Result<usize>) -> Result<bool, Error> {
        let changed = changed.map_err(|source| unusable(&self.path, source))?;
        Ok(changed > 0)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "busy_timeout", BUSY)?;
    // Readers and the writer do not wait for each other, and a commit waits for no disk.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.query_row("PRAGMA quick_check(1)", [], |row| {
        let result: String = row.get(0)?;
        if result == "ok" {
            Ok(())
        } else {
            Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(result),
            ))
        }
    })?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS keys (
             id TEXT PRIMARY KEY,
             name TEXT NOT NULL UNIQUE,
             value TEXT NOT NULL UNIQUE,
             plan TEXT NOT NULL,
             enabled INTEGER NOT NULL,
             created TEXT NOT NULL
         ) STRICT;
         CREATE TABLE IF NOT EXISTS counts (
             key_id TEXT NOT NULL,
             period TEXT NOT NULL,
             start TEXT NOT NULL,
             count INTEGER NOT NULL,
             PRIMARY KEY (key_id, period, start)
         ) STRICT;",
    )?;
    Ok(connection)
}

fn named_key(row: &Row<'_>) -> rusqlite::Result<NamedKey> {
    Ok(NamedKey {
        name: row.get(1)?,
        key: ApiKey {
            id: row.get(0)?,
            value: row.get(2)?,
            plan: row.get(3)?,
            enabled: row.get(4)?,
            created: parsed::<Timestamp>(row, 5)?,
        },
    })
}

/// Parses the text of a column.
fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

fn unusable(path: &Path, source: rusqlite::Error) -> Error {
    Error::Usage {
        file: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn key(name: &str) -> NamedKey {
        NamedKey {
            name: name.to_owned(),
            key: ApiKey {
                id: format!("id-of-{name}"),
                value: format!("value-of-{name}"),
                plan: "basic".to_owned(),
                enabled: true,
                created: "2026-07-10T00:00:00Z".parse().unwrap(),
            },
        }
    }

    fn day() -> QuotaPeriod {
        QuotaPeriod {
            key_id: "id-of-a".to_owned(),
            period: Period::Day,
            start: "2026-07-10".parse().unwrap(),
        }
    }

    #[test]
    fn keys_and_counts_are_there_after_reopening() {
        let folder = TempDir::new().unwrap();
        let first = UsageDatabase::open(folder.path()).unwrap();
        first.add_key(&key("a")).unwrap();
        first.count(&day()).unwrap();
        first.count(&day()).unwrap();
        first.enable_key("a", false).unwrap();

        let mut second = UsageDatabase::open(folder.path()).unwrap();

        let keys = second.keys().unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].key.value, "value-of-a");
        assert!(!keys[0].key.enabled);
        assert_eq!(second.counts().unwrap(), [(day(), 2)]);
    }

    #[test]
    fn keys_that_another_process_changes_are_noticed() {
        let folder = TempDir::new().unwrap();
        let mut server = UsageDatabase::open(folder.path()).unwrap();
        server.keys().unwrap();
        assert!(server.changed_keys().unwrap().is_none());
        let command = UsageDatabase::open(folder.path()).unwrap();

        command.add_key(&key("a")).unwrap();
        let changed = server.changed_keys().unwrap();
        server.count(&day()).unwrap();

        assert_eq!(changed.unwrap().len(), 1);
        assert!(server.changed_keys().unwrap().is_none());
    }

    #[test]
    fn a_deleted_key_takes_its_counts_along() {
        let folder = TempDir::new().unwrap();
        let mut database = UsageDatabase::open(folder.path()).unwrap();
        database.add_key(&key("a")).unwrap();
        database.count(&day()).unwrap();

        assert!(database.delete_key("a").unwrap());
        assert!(!database.delete_key("a").unwrap());

        assert!(database.keys().unwrap().is_empty());
        assert!(database.counts().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_file_is_named_and_can_be_moved_away() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(
            &file,
            "not a database, and longer than a header of SQLite. ".repeat(9),
        )
        .unwrap();

        let refused = UsageDatabase::open(folder.path()).unwrap_err();
        std::fs::rename(&file, folder.path().join("damaged")).unwrap();

        let message = crate::error::chain(&refused);
        assert!(message.contains("usage.sqlite"), "{message}");
        assert!(message.contains("if it is damaged, move it"), "{message}");
        assert!(UsageDatabase::open(folder.path()).is_ok());
    }
}
