//! The folder for state between runs. It holds a private key and data, so only its owner may open it.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::error::Error;

/// The database in the folder, unless `--database` names another file.
pub(crate) const DATABASE_FILE: &str = "dynamodb.sqlite";

/// Creates the folder if it is missing, hidden from git. If other users can open it, closes it to them
/// and prints a warning.
pub(crate) fn prepare(folder: &Path) -> Result<(), Error> {
    let prepared = match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => fs::write(folder.join(".gitignore"), "*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => close(folder, 0o700),
        Err(error) => Err(error),
    };
    prepared.map_err(|source| unusable(folder, source))
}

/// Creates a file if it is missing. If other users can open it, closes it to them and prints a warning.
pub(crate) fn prepare_file(file: &Path) -> Result<(), Error> {
    let options = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file);
    let prepared = options.and_then(|_| close(file, 0o600));
    prepared.map_err(|source| unusable(file, source))
}

/// Whether users other than the owner may use the file in any way.
pub(crate) fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn close(path: &Path, mode: u32) -> io::Result<()> {
    if is_open_to_others(path)? {
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        eprintln!(
            "warning: other users could open {}; its mode is {mode:o} now",
            path.display()
        );
    }
    Ok(())
}

fn unusable(path: &Path, source: io::Error) -> Error {
    Error::State {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_open_the_folder_and_its_files() {
        let root = TempDir::new().unwrap();
        let folder = root.path().join("state");
        let file = folder.join("data");

        prepare(&folder).unwrap();
        prepare_file(&file).unwrap();

        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read(folder.join(".gitignore")).unwrap(), b"*\n");
    }

    #[test]
    fn an_open_folder_and_an_open_file_are_closed() {
        let root = TempDir::new().unwrap();
        let (folder, file) = (root.path().join("state"), root.path().join("data"));
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();

        prepare(&folder).unwrap();
        prepare_file(&file).unwrap();

        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read(&file).unwrap(), b"kept");
    }
}
