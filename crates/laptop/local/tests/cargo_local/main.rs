//! `cargo local`, as a library and as the installed program, with real functions.
//!
//! One program, because each program of tests is linked with everything that `local` uses, and Cargo runs one program
//! after the other, while most of these tests wait for processes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod api_keys;
mod authorizers;
mod colors;
mod command;
mod database_command;
mod debugging;
mod edit_loop;
mod environment;
mod hostile;
mod logs;
mod reference_page;
mod replacing;
mod rest_api;
mod serving;
mod support;
