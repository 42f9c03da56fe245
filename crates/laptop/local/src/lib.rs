#![doc = include_str!("../README.md")]

mod banner;
mod build;
mod build_progress;
mod cli;
mod database_arguments;
mod database_client;
mod database_command;
mod database_error;
mod debugging;
mod edit_loop;
mod environment_file;
mod error;
mod execution;
mod fetch;
mod front_door_hooks;
mod functions;
mod issuer;
mod json_lines;
mod key_arguments;
mod key_command;
mod logs_command;
mod reference_page;
mod route_table;
mod secrets;
mod selection;
mod serve_command;
mod server;
mod server_record;
mod settings;
mod state;
mod usage;
mod usage_database;
mod watch;

pub use build::{Builder, Built, Program};
pub use build_progress::Progress;
pub use cli::{Cli, Command, LogFormat, ServeArguments, TokenArguments};
pub use database_arguments::{DatabaseArguments, DatabaseCommand};
pub use database_client::CallError;
pub use database_error::DatabaseError;
pub use error::Error;
pub use execution::ExecutionArguments;
pub use issuer::{Issuer, TokenRequest};
pub use json_lines::BadLines;
pub use key_arguments::{KeyArguments, KeyCommand};
pub use server::Server;
pub use settings::{Authorizer, Settings};
pub use usage::Usage;

use std::{io::Write, process::ExitCode};

/// Runs the command line.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match &cli.command {
        Some(Command::Token(arguments)) => token(&cli, arguments),
        Some(Command::Key(arguments)) => key_command::run(&cli, arguments),
        Some(Command::Db(arguments)) => database_command::run(&cli, arguments),
        Some(Command::Logs { id }) => logs(&cli, id.as_deref()),
        None => serve_command::run(&cli),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error::chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Prints one request's story, or the last requests.
fn logs(cli: &Cli, id: Option<&str>) -> Result<(), Error> {
    let lines = logs_command::run(&cli.state_folder()?, id)?;
    let mut out = std::io::stdout().lock();
    for line in lines {
        // Fails when the reader, such as `head`, has seen enough.
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(())
}

/// Prints a token of the development issuer and nothing else, so that it can be pasted and piped.
fn token(cli: &Cli, arguments: &TokenArguments) -> Result<(), Error> {
    let folder = cli.state_folder()?;
    state::prepare(&folder)?;
    let issuer = Issuer::open(&folder)?;
    println!(
        "{}",
        issuer.token(&arguments.request(jiff::Timestamp::now()))?
    );
    Ok(())
}
