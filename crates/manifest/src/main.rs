//! Prints the resolved workspace, or the names in the function of a new route, for other programs.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use manifest::{ApiKind, NewRoute, Workspace};

/// Reads the declarations of a workspace.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the functions and tables of a workspace as JSON.
    Describe {
        /// A Cargo.toml of the workspace, instead of the one around the current folder.
        #[arg(long)]
        manifest_path: Option<PathBuf>,
        /// The kind of the API, "http" or "rest", instead of the declared one.
        #[arg(long, value_parser = ApiKind::parse)]
        api: Option<ApiKind>,
    },
    /// Print the name, the handler and the path variables of a new route's function, a line each.
    NewRoute {
        method: String,
        path: String,
        /// The name of the function, instead of <collection>-<method>.
        name: Option<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<String, String> {
    match command {
        Command::Describe { manifest_path, api } => {
            let workspace = Workspace::load(manifest_path.as_deref());
            let workspace = workspace.map_err(|error| error.to_message())?;
            let kind = api.unwrap_or(workspace.api.kind);
            let description = workspace.describe(kind);
            let description = description.map_err(|error| error.to_message())?;
            serde_json::to_string_pretty(&description).map_err(|error| error.to_string())
        }
        Command::NewRoute { method, path, name } => {
            let new = NewRoute::parse(&format!("{method} {path}"), name.as_deref())?;
            let variables = new.variables.join(" ");
            Ok(format!("{}\n{}\n{variables}", new.name, new.handler))
        }
    }
}
