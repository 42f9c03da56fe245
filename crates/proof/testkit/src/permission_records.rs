//! Records of the permissions that the tests of each function use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use manifest::{Action, Permissions, Resource};

/// A folder with one file per function, to which parallel tests append.
#[derive(Clone, Debug)]
pub struct PermissionRecords(PathBuf);

impl PermissionRecords {
    /// Returns the records in Cargo's target directory.
    #[must_use]
    pub fn in_target_directory(target_directory: &Path) -> Self {
        Self(target_directory.join("permissions-used"))
    }

    /// Returns the folder, which does not exist before the first test has recorded permissions.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Adds the permissions that a test of `function` has used.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn add(&self, function: &str, used: &Permissions) -> io::Result<()> {
        let mut lines = String::new();
        for (resource, actions) in used.iter() {
            for action in actions {
                lines.push_str(&format!("{action} {resource}\n"));
            }
        }
        fs::create_dir_all(&self.0)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(self.file(function))?;
        // A single write, so that the lines of parallel tests do not mix.
        file.write_all(lines.as_bytes())
    }

    /// Returns the permissions that any test of `function` has used; none without a record.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or has a line of another format.
    pub fn read(&self, function: &str) -> io::Result<Permissions> {
        let lines = match fs::read_to_string(self.file(function)) {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut used: BTreeMap<Resource, BTreeSet<Action>> = BTreeMap::new();
        for line in lines.lines() {
            let invalid = || io::Error::new(io::ErrorKind::InvalidData, line);
            let (action, resource) = line.split_once(' ').ok_or_else(invalid)?;
            let action: Action = action.parse().map_err(|_| invalid())?;
            used.entry(resource.into()).or_default().insert(action);
        }
        Ok(used.into_iter().collect())
    }

    fn file(&self, function: &str) -> PathBuf {
        self.0.join(function)
    }
}

#[cfg(test)]
mod tests {
    use manifest::{
        Action::{GetItem, Query, Scan},
        Permissions,
    };
    use tempfile::TempDir;

    use super::PermissionRecords;

    #[test]
    fn records_of_several_tests_are_read_together() {
        let folder = TempDir::new().unwrap();
        let records = PermissionRecords::in_target_directory(folder.path());
        let of_table: Permissions = [("notes", [GetItem])].into_iter().collect();
        let of_index: Permissions = [("notes/by-author", [Query, Scan])].into_iter().collect();

        records.add("notes-get", &of_table).unwrap();
        records.add("notes-get", &of_table).unwrap();
        records.add("notes-get", &of_index).unwrap();
        records.add("notes-list", &Permissions::default()).unwrap();

        let expected = [
            ("notes", vec![GetItem]),
            ("notes/by-author", vec![Query, Scan]),
        ];
        assert_eq!(
            records.read("notes-get").unwrap(),
            expected.into_iter().collect()
        );
        for without in ["notes-list", "notes-put"] {
            assert_eq!(records.read(without).unwrap(), Permissions::default());
        }
    }
}
