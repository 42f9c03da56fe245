//! Prints the resolved workspace, or what a new route is called, for scripts and the CDK app.

use clap::{Parser, Subcommand};
use manifest::{NewRoute, Workspace, describe};
use std::path::PathBuf;
use std::process::ExitCode;

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
    },
    /// Print the name, the handler and the path variables of a new route's function, a line each.
    NewRoute { method: String, path: String },
}

fn main() -> ExitCode {
    let printed = match Arguments::parse().command {
        Command::Describe { manifest_path } => Workspace::load(manifest_path.as_deref())
            .map(|workspace| format!("{:#}", describe(&workspace)))
            .map_err(|error| error.to_message()),
        Command::NewRoute { method, path } => NewRoute::of(&method, &path)
            .map(|new| format!("{}\n{}\n{}", new.name, new.handler, new.variables.join(" "))),
    };
    match printed {
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
