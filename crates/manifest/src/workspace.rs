//! A whole workspace: every function and every table.

use crate::error::{Error, Problem, Problems, none_or_all};
use crate::function::{Defaults, Function};
use crate::member::{Member, Members};
use crate::tables::{self, Table};
use crate::trigger::{HttpTrigger, Trigger};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        let members = Members::load(manifest_path)?;
        let mut problems = Vec::new();
        let tables = tables::declared_by(&members.packages, &mut problems);
        let defaults = Defaults::read(&members, &mut problems);
        let mut functions: Vec<Function> = members
            .packages
            .iter()
            .filter(|member| is_function(member, &members.root))
            .filter_map(|member| Function::of(member, &members, &tables, &defaults, &mut problems))
            .collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        one_function_per_route(&functions, &mut problems);
        none_or_all(problems)?;
        Ok(Self {
            root: members.root,
            target_directory: members.target_directory,
            functions,
            tables,
        })
    }

    /// The functions that an HTTP route triggers.
    pub fn routes(&self) -> impl Iterator<Item = (&Function, &HttpTrigger)> {
        self.functions
            .iter()
            .map(|function| match &function.trigger {
                Trigger::Http(http) => (function, http),
            })
    }

    /// The function of this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// The root folder of the workspace that `manifest_path` belongs to, or of the one around the current
/// folder. Reads no declaration.
///
/// # Errors
/// When Cargo finds no workspace.
pub fn find_root(manifest_path: Option<&Path>) -> Result<PathBuf, Error> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["locate-project", "--workspace", "--message-format=plain"]);
    if let Some(path) = manifest_path {
        cargo.arg("--manifest-path").arg(path);
    }
    let output = cargo.output().map_err(Error::NoCargo)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Cargo(cargo_metadata::Error::CargoMetadata {
            stderr,
        }));
    }
    let mut root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    root.pop();
    Ok(root)
}

/// A package is a function when it declares a route, and must declare one when it lives in
/// `functions/`.
fn is_function(member: &Member, root: &Path) -> bool {
    member.metadata.get("route").is_some()
        || member.folder().parent() == Some(root.join("functions").as_path())
}

/// An HTTP API refuses a second route of the same key, and variable names are not part of it.
fn one_function_per_route(functions: &[Function], found: &mut Vec<Problem>) {
    let mut taken: BTreeMap<String, (&Function, &HttpTrigger)> = BTreeMap::new();
    for function in functions {
        let Trigger::Http(http) = &function.trigger;
        if let Some((first, its)) = taken.insert(http.route.identity(), (function, http)) {
            Problems::new(&function.manifest_path, found).add(
                "package.metadata.route.path",
                format!(
                    "{} is already the route of {} ({}, in {}); variable names do not distinguish",
                    http.route,
                    first.name,
                    its.route,
                    first.manifest_path.display()
                ),
            );
        }
    }
}
