//! The members of a workspace as the files say: the same that `cargo metadata` tells, in a
//! hundredth of its time.

use crate::error::Error;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// One package of a workspace, with what matters here.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) metadata: Value,
    /// The binaries it builds, where known: files alone do not tell without searching folders.
    pub(crate) binaries: Option<Vec<String>>,
    /// The folders of the packages it is built from directly.
    pub(crate) local_dependencies: Vec<PathBuf>,
}

/// The members of a workspace and what its root says about routes.
#[derive(Debug)]
pub(crate) struct Members {
    pub(crate) root_manifest: PathBuf,
    pub(crate) route_defaults: Value,
    pub(crate) packages: Vec<Member>,
}

impl Member {
    /// The folder its manifest stands in.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path
            .parent()
            .expect("a manifest's path ends in Cargo.toml, so it has a parent")
    }

    /// Every member of the workspace that the package at `manifest_path` belongs to.
    pub(crate) fn of_workspace_around(manifest_path: &Path) -> Result<Members, Error> {
        let (root_manifest, root) = workspace_root(manifest_path)?;
        let mut packages = Vec::new();
        for folder in member_folders(&root_manifest, &root) {
            let manifest = folder.join("Cargo.toml");
            let package = read_toml(&manifest)?;
            packages.extend(Self::read(manifest, &package, &root_manifest, &root));
        }
        if root.get("package").is_some() {
            packages.extend(Self::read(
                root_manifest.clone(),
                &root,
                &root_manifest,
                &root,
            ));
        }
        Ok(Members {
            route_defaults: root
                .pointer("/workspace/metadata/route")
                .cloned()
                .unwrap_or(Value::Null),
            root_manifest,
            packages,
        })
    }

    fn read(
        manifest_path: PathBuf,
        package: &Value,
        root_manifest: &Path,
        root: &Value,
    ) -> Option<Self> {
        let name = package.pointer("/package/name")?.as_str()?.to_owned();
        let description = package.pointer("/package/description");
        let description = if description.and_then(|d| d.get("workspace")).is_some() {
            root.pointer("/workspace/package/description")
        } else {
            description
        };
        let metadata = package.pointer("/package/metadata");
        Some(Self {
            name,
            description: description.and_then(Value::as_str).map(str::to_owned),
            metadata: metadata.cloned().unwrap_or(Value::Null),
            binaries: None,
            local_dependencies: path_dependencies(&manifest_path, package, root_manifest, root),
            manifest_path,
        })
    }
}

/// The folders a function is built from besides its own: path dependencies, and theirs.
pub(crate) fn transitive_dependencies(start: &Member, members: &[Member]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut waiting = start.local_dependencies.clone();
    while let Some(folder) = waiting.pop() {
        if folder == start.folder() || !seen.insert(folder.clone()) {
            continue;
        }
        match members.iter().find(|member| member.folder() == folder) {
            Some(member) => waiting.extend(member.local_dependencies.iter().cloned()),
            None => waiting.extend(dependencies_outside(&folder)),
        }
    }
    seen.into_iter().collect()
}

/// What a package outside of the workspace is built from. Cargo complains about an unreadable
/// one better than anybody here could.
fn dependencies_outside(folder: &Path) -> Vec<PathBuf> {
    let manifest = folder.join("Cargo.toml");
    let Ok(package) = read_toml(&manifest) else {
        return Vec::new();
    };
    match workspace_root(&manifest) {
        Ok((root_manifest, root)) => path_dependencies(&manifest, &package, &root_manifest, &root),
        Err(_) => path_dependencies(&manifest, &package, &manifest, &package),
    }
}

fn path_dependencies(
    manifest_path: &Path,
    package: &Value,
    root_manifest: &Path,
    root: &Value,
) -> Vec<PathBuf> {
    let targets = package.get("target").and_then(Value::as_object);
    let tables = std::iter::once(package).chain(targets.into_iter().flat_map(|t| t.values()));
    let mut folders = BTreeSet::new();
    for table in tables {
        for kind in ["dependencies", "build-dependencies"] {
            let Some(dependencies) = table.get(kind).and_then(Value::as_object) else {
                continue;
            };
            for (name, dependency) in dependencies {
                let (said_in, dependency) = if dependency.get("workspace").is_some() {
                    let inherited = root.pointer("/workspace/dependencies");
                    let Some(inherited) = inherited.and_then(|all| all.get(name)) else {
                        continue;
                    };
                    (root_manifest, inherited)
                } else {
                    (manifest_path, dependency)
                };
                let path = dependency.get("path").and_then(Value::as_str);
                if let (Some(path), Some(folder)) = (path, said_in.parent()) {
                    folders.insert(normalized(&folder.join(path)));
                }
            }
        }
    }
    folders.into_iter().collect()
}

/// The manifest with a `[workspace]`, at or above `manifest_path`.
pub(crate) fn workspace_root(manifest_path: &Path) -> Result<(PathBuf, Value), Error> {
    let start = std::path::absolute(manifest_path).map_err(|source| Error::Unreadable {
        file: manifest_path.to_path_buf(),
        source,
    })?;
    let start = normalized(&start);
    for folder in start.ancestors().skip(1) {
        let candidate = folder.join("Cargo.toml");
        if candidate.is_file() {
            let value = read_toml(&candidate)?;
            if value.get("workspace").is_some() {
                return Ok((candidate, value));
            }
        }
    }
    Err(Error::NoWorkspace { file: start })
}

fn member_folders(root_manifest: &Path, root: &Value) -> BTreeSet<PathBuf> {
    let Some(root_folder) = root_manifest.parent() else {
        return BTreeSet::new();
    };
    let patterns = |key: &str| -> Vec<&str> {
        let list = root.pointer(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    let excluded: Vec<PathBuf> = patterns("/workspace/exclude")
        .into_iter()
        .map(|path| normalized(&root_folder.join(path)))
        .collect();
    patterns("/workspace/members")
        .into_iter()
        .flat_map(|pattern| expand(root_folder, pattern))
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .filter(|folder| !excluded.iter().any(|path| folder.starts_with(path)))
        .collect()
}

/// The folders that a member pattern names; `*` stands for any text within one component.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![root.to_path_buf()];
    for component in pattern.split('/') {
        let Some((before, after)) = component.split_once('*') else {
            for folder in &mut folders {
                *folder = normalized(&folder.join(component));
            }
            continue;
        };
        let matches = |name: &str| {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        };
        folders = folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_str().is_some_and(matches))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
    }
    folders
}

pub(crate) fn read_toml(file: &Path) -> Result<Value, Error> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::Unreadable {
        file: file.to_path_buf(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| Error::NotToml {
        file: file.to_path_buf(),
        source: Box::new(source),
    })
}

/// `path` without `.` and `..`, as Cargo writes paths; symbolic links stay.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}
