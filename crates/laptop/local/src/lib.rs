#![doc = include_str!("../README.md")]

mod access_log;
mod build;
mod cli;
mod debugging;
mod environment_file;
mod error;
mod exchange;
mod execution;
mod fetch;
mod functions;
mod issuer;
mod listener;
mod output;
mod request_body;
mod route_table;
mod secrets;
mod serve_command;
mod server;
mod settings;
mod state;
mod watch;

pub use build::{Built, Profile, Program, Progress, build};
pub use cli::{Cli, Command, ServeArguments, TokenArguments};
pub use error::Error;
pub use execution::ExecutionArguments;
pub use issuer::{Issuer, TokenRequest};
pub use output::{LogFormat, Output};
pub use server::{Changes, Server};
pub use settings::{Authorizer, Settings};

use std::process::ExitCode;

/// Runs the command line.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match &cli.command {
        Some(Command::Token(arguments)) => token(&cli, arguments),
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
