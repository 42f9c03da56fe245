//! `cargo local`: a workspace's functions on this machine.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    // Cargo calls an installed subcommand as `cargo-local local …`. The alias, and people, do not
    // repeat the name.
    if arguments.get(1).is_some_and(|name| name == "local") {
        arguments.remove(1);
    }
    local::run(local::Cli::parse_from(arguments))
}
