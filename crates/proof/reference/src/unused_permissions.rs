//! Permissions that a function declares, but that none of its tests used.

use std::path::Path;

use manifest::{Action, Permissions, Problem, Resource, Workspace};
use testkit::PermissionRecords;

/// The reason why declarations and tests could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read the declarations")]
    Workspace(#[from] manifest::Error),
    #[error("no test has recorded permissions; run cargo test --workspace first")]
    NoRecords,
    #[error("cannot read which permissions the tests of {function} used")]
    Record {
        function: String,
        #[source]
        source: std::io::Error,
    },
}

/// Returns a problem for each declared permission that no test has used, according to the records
/// of the last tests in the target directory.
///
/// # Errors
///
/// Fails if there are no records, or the workspace cannot be read.
pub fn unused_permissions(root: &Path, target_directory: &Path) -> Result<Vec<Problem>, Error> {
    let workspace = Workspace::load(Some(&root.join("Cargo.toml")))?;
    let records = PermissionRecords::in_target_directory(target_directory);
    if !records.folder().exists() {
        return Err(Error::NoRecords);
    }
    let mut problems = Vec::new();
    for function in &workspace.functions {
        let used = records.read(&function.name);
        let used = used.map_err(|source| Error::Record {
            function: function.name.clone(),
            source,
        })?;
        for (resource, action) in unused(&function.permissions, &used) {
            let message =
                format!("\"{action}\" is declared, but no test used it; remove it or test it");
            problems.push(workspace.problem_of_permission(function, resource, message));
        }
    }
    Ok(problems)
}

/// Returns the permissions that are declared and not used.
fn unused<'d>(
    declared: &'d Permissions,
    used: &Permissions,
) -> impl Iterator<Item = (&'d Resource, Action)> {
    let declared = declared.iter();
    let declared =
        declared.flat_map(|(resource, all)| all.iter().map(move |action| (resource, *action)));
    declared.filter(|(resource, action)| !used.allow(*action, resource))
}
