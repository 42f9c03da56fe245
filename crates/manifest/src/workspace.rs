//! A whole workspace: every function and every table.

use crate::error::{Error, Problem, Problems, none_or_all};
use crate::function::{Defaults, Function};
use crate::member::{Member, Members, workspace_root};
use crate::tables::{self, Table};
use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the functions of a workspace declare.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where Cargo builds.
    pub target_directory: PathBuf,
    /// The functions, by name.
    pub functions: Vec<Function>,
    /// The tables by their logical names.
    pub tables: BTreeMap<String, Table>,
}

impl Workspace {
    /// Reads the workspace that `manifest_path` belongs to, or the one around the current folder,
    /// through `cargo metadata`.
    ///
    /// # Errors
    /// When Cargo cannot read it, or declarations are wrong: then with every mistake found.
    pub fn load(manifest_path: Option<&Path>) -> Result<Self, Error> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = manifest_path {
            command.manifest_path(path);
        }
        let metadata = command.exec().map_err(Error::Cargo)?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let members = Members {
            root_manifest: root.join("Cargo.toml"),
            route_defaults: metadata.workspace_metadata["route"].clone(),
            packages: metadata
                .workspace_packages()
                .into_iter()
                .map(member)
                .collect(),
        };
        let mut problems = Vec::new();
        let tables = tables::declared_by(&members.packages, &mut problems);
        let defaults = Defaults::read(&members, &mut problems);
        let mut functions: Vec<Function> = members
            .packages
            .iter()
            .filter(|member| is_function(member, &root))
            .filter_map(|member| {
                Function::of(member, &members.packages, &tables, &defaults, &mut problems)
            })
            .collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        one_function_per_route(&functions, &mut problems);
        none_or_all(problems)?;
        Ok(Self {
            root,
            target_directory: metadata.target_directory.into_std_path_buf(),
            functions,
            tables,
        })
    }

    /// The function of this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// The root folder of the workspace that `manifest_path` belongs to, or of the one around the current
/// folder, from the files alone and without looking at any declaration.
///
/// # Errors
/// When no manifest above has a `[workspace]`, or one on the way cannot be read.
pub fn find_root(manifest_path: Option<&Path>) -> Result<PathBuf, Error> {
    let start = manifest_path.unwrap_or(Path::new("Cargo.toml"));
    let (mut root, _) = workspace_root(start)?;
    root.pop();
    Ok(root)
}

fn member(package: &Package) -> Member {
    let binaries = package
        .targets
        .iter()
        .filter(|target| target.kind.contains(&TargetKind::Bin))
        .map(|target| target.name.clone());
    let local_dependencies = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .filter_map(|dependency| dependency.path.clone())
        .map(Into::into);
    Member {
        name: package.name.to_string(),
        description: package.description.clone(),
        manifest_path: package.manifest_path.clone().into(),
        metadata: package.metadata.clone(),
        binaries: Some(binaries.collect()),
        local_dependencies: local_dependencies.collect(),
    }
}

/// A package is a function when it declares a route, and must declare one when it lives in
/// `functions/`.
fn is_function(member: &Member, root: &Path) -> bool {
    member.metadata.get("route").is_some()
        || member.folder().parent() == Some(root.join("functions").as_path())
}

/// An HTTP API refuses a second route of the same key, and variable names are not part of it.
fn one_function_per_route(functions: &[Function], found: &mut Vec<Problem>) {
    let mut taken: BTreeMap<String, &Function> = BTreeMap::new();
    for function in functions {
        if let Some(first) = taken.insert(function.route.identity(), function) {
            Problems::new(&function.manifest_path, found).add(
                "package.metadata.route.path",
                format!(
                    "{} is already the route of {} ({}, in {}); variable names do not distinguish",
                    function.route,
                    first.name,
                    first.route,
                    first.manifest_path.display()
                ),
            );
        }
    }
}
