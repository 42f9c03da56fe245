//! The members of a workspace, as Cargo lists them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};
use serde_json::Value;

use crate::error::Error;

/// The crates that Lambda functions are written with.
const LAMBDA_RUNTIMES: [&str; 2] = ["lambda_runtime", "lambda_http"];

/// One package of a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) metadata: Value,
    pub(crate) binaries: Vec<String>,
    /// Whether Lambda's runtime is a direct dependency, and no library is built.
    pub(crate) is_lambda_program: bool,
    /// The folders of its direct path dependencies.
    pub(crate) local_dependencies: Vec<PathBuf>,
}

/// The members of a workspace, and what the workspace declares for all of them.
#[derive(Debug)]
pub(crate) struct Members {
    pub(crate) root: PathBuf,
    pub(crate) target_directory: PathBuf,
    pub(crate) route_defaults: Value,
    pub(crate) cors: Option<Value>,
    pub(crate) plans: Option<Value>,
    pub(crate) gateway_responses: Option<Value>,
    pub(crate) packages: Vec<Member>,
}

impl Members {
    /// Reads the workspace that `manifest_path` belongs to, or the one around the current
    /// folder, through Cargo.
    pub(crate) fn load(manifest_path: Option<&Path>) -> Result<Self, Error> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = manifest_path {
            command.manifest_path(path);
        }
        let metadata = command.exec().map_err(Error::Cargo)?;
        Ok(Self {
            route_defaults: metadata.workspace_metadata["route"].clone(),
            cors: metadata.workspace_metadata.get("cors").cloned(),
            plans: metadata.workspace_metadata.get("plans").cloned(),
            gateway_responses: metadata
                .workspace_metadata
                .get("gateway-responses")
                .cloned(),
            packages: metadata
                .workspace_packages()
                .into_iter()
                .map(Member::from)
                .collect(),
            root: metadata.workspace_root.into(),
            target_directory: metadata.target_directory.into(),
        })
    }

    /// Returns the same as `load`, but asks Cargo only once per process: every test of a function
    /// reads its declaration, and Cargo takes 20 ms.
    pub(crate) fn load_once(manifest_path: &Path) -> Result<Arc<Self>, Error> {
        static LOADED: Mutex<BTreeMap<PathBuf, Arc<Members>>> = Mutex::new(BTreeMap::new());
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(members) = loaded.get(manifest_path) {
            return Ok(Arc::clone(members));
        }
        let members = Arc::new(Self::load(Some(manifest_path))?);
        loaded.insert(manifest_path.to_path_buf(), Arc::clone(&members));
        Ok(members)
    }

    pub(crate) fn root_manifest(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// Returns the folders of the path dependencies of a member, and of theirs.
    pub(crate) fn folders_below(&self, start: &Member) -> Vec<PathBuf> {
        let mut seen = BTreeSet::new();
        let mut waiting = start.local_dependencies.clone();
        while let Some(folder) = waiting.pop() {
            if folder == start.folder() || !seen.insert(folder.clone()) {
                continue;
            }
            match self
                .packages
                .iter()
                .find(|member| member.folder() == folder)
            {
                Some(member) => waiting.extend(member.local_dependencies.iter().cloned()),
                None => waiting.extend(dependencies_outside(&folder)),
            }
        }
        seen.into_iter().collect()
    }
}

impl Member {
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path
            .parent()
            .expect("a manifest's path ends in Cargo.toml, so it has a parent")
    }
}

impl From<&Package> for Member {
    fn from(package: &Package) -> Self {
        let binaries = package.targets.iter();
        let binaries = binaries.filter(|target| target.kind.contains(&TargetKind::Bin));
        let has_library = package.targets.iter().any(|target| {
            let library = [TargetKind::Lib, TargetKind::RLib];
            library.iter().any(|kind| target.kind.contains(kind))
        });
        let built_from = package.dependencies.iter();
        let built_from =
            built_from.filter(|dependency| dependency.kind != DependencyKind::Development);
        Self {
            name: package.name.to_string(),
            description: package.description.clone(),
            manifest_path: package.manifest_path.clone().into(),
            metadata: package.metadata.clone(),
            binaries: binaries.map(|target| target.name.clone()).collect(),
            is_lambda_program: !has_library
                && built_from
                    .clone()
                    .any(|dependency| LAMBDA_RUNTIMES.contains(&dependency.name.as_str())),
            local_dependencies: built_from
                .filter_map(|dependency| dependency.path.clone())
                .map(Into::into)
                .collect(),
        }
    }
}

/// Returns the folders of the path dependencies of a package outside the workspace. If Cargo
/// cannot read it, the build reports that.
fn dependencies_outside(folder: &Path) -> Vec<PathBuf> {
    let outside = Members::load(Some(&folder.join("Cargo.toml")));
    let packages = outside.map_or_else(|_| Vec::new(), |members| members.packages);
    let package = packages
        .into_iter()
        .find(|member| member.folder() == folder);
    package.map_or_else(Vec::new, |package| package.local_dependencies)
}
