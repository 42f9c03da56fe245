//! `cargo local`: a workspace's functions on this machine.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    local::run(local::Cli::parse())
}
