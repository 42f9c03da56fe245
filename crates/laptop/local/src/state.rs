//! The folder for what is kept between runs.

use std::{io::ErrorKind, path::Path};

use crate::error::Error;

/// Makes the folder when it is not there, hidden from git: it holds a private key and data.
pub(crate) fn prepare(folder: &Path) -> Result<(), Error> {
    let unusable = |source| Error::State {
        path: folder.to_path_buf(),
        source,
    };
    match std::fs::create_dir(folder) {
        Ok(()) => std::fs::write(folder.join(".gitignore"), "*\n").map_err(unusable),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unusable(error)),
    }
}
