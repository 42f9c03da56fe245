//! A whole workspace: every function and every table.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    access::Access,
    api_kind::Api,
    authorizer::AuthorizerTrigger,
    cors_settings::Cors,
    error::{Error, Found, Problem},
    fields::did_you_mean,
    function::{Defaults, Function},
    gateway_responses::{self, GatewayResponses},
    member::{Member, Members},
    permissions::{Resource, field_of},
    plans::{self, Plan},
    tables::{self, Table},
    trigger::{HttpTrigger, Trigger},
};

/// What the functions of a workspace declare.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    pub target_directory: PathBuf,
    /// The functions with a route and the authorizers, sorted by name.
    pub functions: Vec<Function>,
    /// The packages of the other functions, which something else than an API triggers.
    pub without_route: Vec<String>,
    /// By logical name.
    pub tables: BTreeMap<String, Table>,
    /// `[workspace.metadata.cors]`.
    pub cors: Option<Cors>,
    /// The declared API. [`check_for`](Self::check_for) tells whether another kind can have the routes.
    pub api: Api,
    /// `[workspace.metadata.plans]` by name.
    pub plans: BTreeMap<String, Plan>,
    /// `[workspace.metadata.gateway-responses]`.
    pub gateway_responses: GatewayResponses,
}

impl Workspace {
    /// Reads the workspace that `manifest_path` belongs to, or the one around the current folder,
    /// through `cargo metadata`.
    ///
    /// # Errors
    /// Fails if Cargo cannot read it, or with every mistake in the declarations.
    pub fn load(manifest_path: Option<&Path>) -> Result<Self, Error> {
        let members = Members::load(manifest_path)?;
        let mut found = Found::default();
        let tables = tables::declared_by(&members, &mut found);
        let defaults = Defaults::read(&members, &mut found);
        let cors = Cors::read(&members, &mut found);
        let plans = plans::read(&members, &mut found);
        let gateway_responses = gateway_responses::read(&members, &mut found);
        let mut functions: Vec<Function> = members
            .packages
            .iter()
            .filter(|member| is_declared(member))
            .filter_map(|member| Function::of(member, &members, &tables, &defaults, &mut found))
            .collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        let mut without_route: Vec<String> = members
            .packages
            .iter()
            .filter(|member| is_function(member, &members.root) && !is_declared(member))
            .map(|member| member.name.clone())
            .collect();
        without_route.sort();
        let workspace = Self {
            root: members.root,
            target_directory: members.target_directory,
            functions,
            without_route,
            tables,
            cors,
            api: defaults.api,
            plans,
            gateway_responses,
        };
        workspace.check_routes(&mut found);
        workspace.check_authorizers(&mut found);
        let root_manifest = workspace.root.join("Cargo.toml");
        let mut problems = found.in_file(&root_manifest);
        plans::check(&workspace.plans, &workspace.functions, &mut problems);
        found.into_result(&workspace.root)?;
        Ok(workspace)
    }

    /// Returns the functions that an HTTP route triggers, each with its route.
    pub fn routes(&self) -> impl Iterator<Item = (&Function, &HttpTrigger)> {
        self.functions
            .iter()
            .filter_map(|function| match &function.trigger {
                Trigger::Http(http) => Some((function, &**http)),
                Trigger::Authorizer(_) => None,
            })
    }

    /// Returns the Lambda authorizers.
    pub fn authorizers(&self) -> impl Iterator<Item = (&Function, &AuthorizerTrigger)> {
        self.functions
            .iter()
            .filter_map(|function| match &function.trigger {
                Trigger::Authorizer(authorizer) => Some((function, authorizer)),
                Trigger::Http(_) => None,
            })
    }

    /// Adds a problem for each route that has a function already: an HTTP API refuses a second
    /// route of the same key, and variable names are not part of it.
    fn check_routes(&self, found: &mut Found) {
        let mut taken = BTreeMap::new();
        for (function, http) in self.routes() {
            if let Some((first, its)) = taken.insert(http.route.identity(), (function, http)) {
                found.in_file(&function.manifest_path).add(
                    "package.metadata.route.path",
                    format!(
                        "{} is already the route of {} ({}); variable names do not distinguish \
                         routes",
                        http.route, first.name, its.route
                    ),
                );
            }
        }
    }

    /// Adds a problem for each route whose authorizer is not one of the workspace.
    fn check_authorizers(&self, found: &mut Found) {
        for (function, http) in self.routes() {
            let Access::Authorizer { name } = &http.access else {
                continue;
            };
            let authorizers = self.authorizers();
            let names: Vec<_> = authorizers.map(|(function, _)| &*function.name).collect();
            if !names.contains(&&**name) {
                let hint = did_you_mean(name, names.into_iter());
                found.in_file(&function.manifest_path).add(
                    "package.metadata.route.access.authorizer",
                    format!(
                        "no function with [package.metadata.authorizer] is called {name:?}{hint}"
                    ),
                );
            }
        }
    }

    /// Returns the function of this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Returns a problem with the permissions that `function` declares on `resource`, at their line
    /// in its manifest.
    #[must_use]
    pub fn problem_of_permission(
        &self,
        function: &Function,
        resource: &Resource,
        message: String,
    ) -> Problem {
        let field = field_of(
            &format!("{}.tables", function.field()),
            &resource.to_string(),
        );
        self.problem_at(function, field, message)
    }

    /// Returns a problem with the operation that `function` declares, at the line of `field`, such as
    /// `body`.
    #[must_use]
    pub fn problem_of_operation(
        &self,
        function: &Function,
        field: &str,
        message: String,
    ) -> Problem {
        self.problem_at(
            function,
            format!("{}.operation.{field}", function.field()),
            message,
        )
    }

    fn problem_at(&self, function: &Function, field: String, message: String) -> Problem {
        let mut problem = Problem {
            file: function.manifest_path.clone(),
            line: None,
            field,
            message,
        };
        problem.locate(&self.root);
        problem
    }
}

/// Returns Cargo's target directory for the workspace that `manifest_path` belongs to. Later calls
/// in the same process do not ask Cargo again.
///
/// # Errors
/// Fails if Cargo cannot read the workspace.
pub fn find_target_directory(manifest_path: &Path) -> Result<PathBuf, Error> {
    Ok(Members::load_once(manifest_path)?.target_directory.clone())
}

/// Returns the root folder of the workspace that `manifest_path` belongs to, or of the one around
/// the current folder. Reads no declaration.
///
/// # Errors
/// Fails if Cargo finds no workspace.
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

/// Whether a package declares a function with a route, or an authorizer.
fn is_declared(member: &Member) -> bool {
    ["route", "authorizer"]
        .iter()
        .any(|field| member.metadata.get(field).is_some())
}

/// Whether a package is a function: a program in `functions/`, or one that uses Lambda's runtime.
fn is_function(member: &Member, root: &Path) -> bool {
    let is_in_functions = member.folder().parent() == Some(root.join("functions").as_path());
    !member.binaries.is_empty() && (is_in_functions || member.is_lambda_program)
}
