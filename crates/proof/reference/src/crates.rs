//! The table of crates.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A member of the workspace.
pub struct Member {
    pub name: String,
    pub description: String,
    /// The folder below `crates`, such as `kit`, or `functions`.
    pub wing: String,
    pub folder: PathBuf,
    /// The members that it is built from.
    pub dependencies: BTreeSet<String>,
}

/// The members of the workspace.
///
/// # Errors
///
/// Fails if Cargo cannot read the workspace.
pub fn members(root: &Path) -> Result<Vec<Member>, cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let members = metadata.packages.into_iter().map(|package| {
        let folder = package.manifest_path.parent().map(PathBuf::from);
        let folder = folder.unwrap_or_default();
        let place = folder.strip_prefix(root).unwrap_or(&folder);
        let place = place.strip_prefix("crates").unwrap_or(place);
        let wing = place.components().next();
        let ours = package.dependencies.into_iter().filter(|dependency| {
            dependency.path.is_some() && dependency.kind == DependencyKind::Normal
        });
        Member {
            wing: wing
                .map(|wing| wing.as_os_str().to_string_lossy().into_owned())
                .unwrap_or_default(),
            dependencies: ours.map(|dependency| dependency.name).collect(),
            name: package.name.to_string(),
            description: package.description.unwrap_or_default(),
            folder,
        }
    });
    Ok(members.collect())
}

pub(crate) fn table(root: &Path) -> Result<String, cargo_metadata::Error> {
    let mut crates = members(root)?;
    crates.retain(|member| member.wing != "functions");
    crates.sort_by(|a, b| (&a.wing, &a.name).cmp(&(&b.wing, &b.name)));
    let mut table = "| crate | builds on | what it is |\n|---|---|---|\n".to_owned();
    for member in crates {
        let dependencies: Vec<_> = member
            .dependencies
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let place = match member.wing == member.name {
            true => member.wing,
            false => format!("{}/{}", member.wing, member.name),
        };
        let row = format!(
            "| `{place}` | {} | {} |\n",
            dependencies.join(", "),
            member.description
        );
        table.push_str(&row.replace("  |", " |"));
    }
    Ok(table)
}
