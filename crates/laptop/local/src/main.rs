//! `cargo local`: a workspace's functions on this machine.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    local::run(local::Cli::parse())
}
