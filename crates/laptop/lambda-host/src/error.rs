//! The errors of starting a host and of deploying a function.

use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;

/// An error of starting a host or of deploying a function.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder for programs and `/tmp` could not be created.
    #[error("could not create a folder for the functions in {folder}")]
    Folder {
        /// The parent folder.
        folder: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// The function's program could not be copied.
    #[error("function {function}: could not copy the program {binary}")]
    Binary {
        function: String,
        /// The path of the program.
        binary: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// The memory is outside of Lambda's limits.
    #[error("function {function}: memory is {memory_mb} MB, Lambda offers 128 to 10240 MB")]
    Memory {
        function: String,
        /// The configured value.
        memory_mb: u32,
    },
    /// The time-out is outside of Lambda's limits.
    #[error("function {function}: time-out is {timeout:?}, Lambda offers 1 to 900 seconds")]
    Timeout {
        function: String,
        /// The configured value.
        timeout: Duration,
    },
    /// The name or the value of a variable contains a character that is not allowed.
    #[error(
        "function {function}: variable {variable:?} contains a character that is not allowed in names or values"
    )]
    Variable {
        function: String,
        /// The variable's name.
        variable: String,
    },
    /// The function's own variables are larger than Lambda allows.
    #[error("function {function}: variables are {bytes} bytes, Lambda allows 4096")]
    Environment {
        function: String,
        /// The size of all names and values.
        bytes: usize,
    },
    /// The host has been shut down.
    #[error("function {function}: the host has been shut down")]
    ShutDown { function: String },
}
