//! Errors of `cargo local db`.

use std::path::PathBuf;

use crate::{database_client::CallError, json_lines::BadLines};

/// `cargo local db` failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// There are no credentials to print.
    #[error(
        "no server of this workspace is running, so its database cannot be reached; its file is {}",
        file.display()
    )]
    NotRunning { file: PathBuf },
    /// No record of a server has the port.
    #[error("no server of this workspace is running on port {port}")]
    NotOnPort { port: u16 },
    /// It is not clear which server is meant.
    #[error("several servers are running: {}; choose one with --port", urls.join(", "))]
    Several { urls: Vec<String> },
    /// The file of a running server cannot be deleted.
    #[error("{url} uses the database; stop that server first")]
    Serving { url: String },
    /// The deletion was not confirmed.
    #[error("nothing was deleted; confirm with --yes")]
    NotConfirmed,
    #[error("the database {} does not exist", file.display())]
    NoFile { file: PathBuf },
    #[error("unknown table {table:?}; the tables are {}", tables.join(", "))]
    NoTable { table: String, tables: Vec<String> },
    #[error("nothing was written")]
    BadLines(#[source] BadLines),
    /// DynamoDB refused a line. Everything before it is written.
    #[error("line {line} cannot be written; items written before it: {written}")]
    Write {
        line: usize,
        written: usize,
        #[source]
        source: CallError,
    },
    #[error("cannot read the table {table:?}")]
    Read {
        table: String,
        #[source]
        source: CallError,
    },
    #[error("cannot list the tables")]
    Tables(#[source] CallError),
    #[error("cannot read {}", file.display())]
    Input {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write the items")]
    Output(#[source] std::io::Error),
}
