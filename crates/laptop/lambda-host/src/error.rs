//! Why a host could not start or a function could not be deployed.

use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;

/// Why a host could not start or a function could not be deployed.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder for binaries and `/tmp` could not be made.
    #[error("could not make a folder for the functions in {folder}")]
    Folder {
        /// Where it was to be made.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The function's program could not be copied.
    #[error("function {function}: could not copy the program {binary}")]
    Binary {
        function: String,
        /// Its program.
        binary: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The memory is outside of what Lambda offers.
    #[error("function {function}: memory is {memory_mb} MB, Lambda offers 128 to 10240 MB")]
    Memory {
        function: String,
        /// What was asked for.
        memory_mb: u32,
    },
    /// The time-out is outside of what Lambda offers.
    #[error("function {function}: time-out is {timeout:?}, Lambda offers 1 to 900 seconds")]
    Timeout {
        function: String,
        /// What was asked for.
        timeout: Duration,
    },
    /// A variable that no environment can carry.
    #[error("function {function}: {variable:?} cannot be the name or hold the value of a variable")]
    Variable {
        function: String,
        /// The variable's name.
        variable: String,
    },
    /// The function's own variables are longer than Lambda takes.
    #[error("function {function}: its variables take {bytes} bytes, Lambda takes 4096")]
    Environment {
        function: String,
        /// Names and values together.
        bytes: usize,
    },
    /// The host has been shut down.
    #[error("function {function}: the host has been shut down")]
    ShutDown { function: String },
}
