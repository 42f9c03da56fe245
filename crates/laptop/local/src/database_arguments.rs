//! The arguments of `cargo local db`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The arguments of `cargo local db`.
#[derive(Debug, Args)]
pub struct DatabaseArguments {
    /// What to do with the database, instead of printing how to reach it.
    #[command(subcommand)]
    pub command: Option<DatabaseCommand>,
    // Ids of their own: clap would fill in the values of the arguments of serving.
    /// The database of the server on this port, when several are running.
    #[arg(
        id = "db-port",
        long = "port",
        global = true,
        value_name = "PORT",
        conflicts_with = "db-file"
    )]
    pub port: Option<u16>,
    /// The database in this file [default: that of the running server, or else
    /// .colonnade/dynamodb.sqlite].
    #[arg(id = "db-file", long = "database", global = true, value_name = "FILE")]
    pub database: Option<PathBuf>,
}

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub enum DatabaseCommand {
    /// Delete the database file, with all items. The next `cargo local` creates empty tables.
    Reset {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Print the items of a table, one JSON line for each, as DynamoDB exports them: {"Item":{…}}.
    Export {
        /// The logical name of the table.
        table: String,
    },
    /// Write the items of JSON lines, as `export` prints them, into a table. Replaces items that have
    /// the same key, and keeps the others.
    Import {
        /// The logical name of the table.
        table: String,
        /// The file of the lines [default: standard input].
        file: Option<PathBuf>,
    },
}
