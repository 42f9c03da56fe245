//! One function: its trigger, its permissions and its limits.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api_kind::Api,
    authorizer::{self, AuthorizerTrigger},
    environment_variables::{self, Variables},
    error::{Error, Found, Problems},
    fields::Fields,
    member::{Member, Members},
    permissions::Permissions,
    request_validation::RequestValidation,
    tables::{self, Table},
    trigger::{HttpTrigger, Trigger},
};

/// What one function declares, completed by the workspace's defaults and Lambda's.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The name of the Lambda function: that of the package, with hyphens instead of underscores.
    pub name: String,
    /// The name of the package.
    pub package: String,
    /// The name of the package's binary that is the function.
    pub binary: String,
    /// One sentence for lists of functions.
    pub description: String,
    pub folder: PathBuf,
    pub manifest_path: PathBuf,
    pub trigger: Trigger,
    pub permissions: Permissions,
    /// Memory in MB.
    pub memory: u32,
    /// The longest that one invocation may take.
    pub timeout: Duration,
    pub reserved_concurrency: Option<u32>,
    /// The environment variables, those of the workspace included.
    pub environment: Variables,
    /// The folders of the packages it is built from besides its own.
    pub local_dependencies: Vec<PathBuf>,
}

/// The declaration of a function with a route in its manifest.
const ROUTE_FIELD: &str = "package.metadata.route";
const DEFAULTS: &str = "workspace.metadata.route";

/// Lambda's defaults.
const LAMBDA_MEMORY: u32 = 128;
const LAMBDA_TIMEOUT: u32 = 3;

/// Seconds. Lambda allows 900, but API Gateway answers 503 after 30.
const MAX_TIMEOUT: u32 = 30;

impl Function {
    /// Reads the declaration of the function whose manifest is `manifest_path`, with the tables and
    /// defaults of the workspace around it. Ignores mistakes in other functions. Later calls in the
    /// same process do not see changes of the manifests.
    ///
    /// # Errors
    /// Fails if Cargo cannot read the workspace, or the declaration is wrong.
    pub fn read(manifest_path: &Path) -> Result<Self, Error> {
        let members = Members::load_once(manifest_path)?;
        let manifest_path = manifest_path
            .canonicalize()
            .unwrap_or_else(|_| manifest_path.to_path_buf());
        let mut found = Found::default();
        let tables = tables::declared_by(&members, &mut found);
        let defaults = Defaults::read(&members, &mut found);
        let member = members
            .packages
            .iter()
            .find(|member| member.manifest_path == manifest_path);
        let function = match member {
            Some(member) => Self::of(member, &members, &tables, &defaults, &mut found),
            None => {
                found.in_file(&manifest_path).add(
                    "package",
                    format!(
                        "is not a member of the workspace {}",
                        members.root.display()
                    ),
                );
                None
            }
        };
        found.into_result(&members.root)?;
        Ok(function.expect("a function that cannot be read has added a problem"))
    }

    /// Reads the declaration of `member`. Returns `None` after adding a problem.
    pub(crate) fn of(
        member: &Member,
        members: &Members,
        tables: &BTreeMap<String, Table>,
        defaults: &Defaults,
        found: &mut Found,
    ) -> Option<Self> {
        let mut problems = found.in_file(&member.manifest_path);
        let name = member.name.replace('_', "-");
        if let Err(message) = check_name(&name) {
            problems.add("package.name", message);
        }
        let binary = find_binary(member, &mut problems);
        let description = member.description.clone().unwrap_or_default();
        if description.trim().is_empty() {
            problems.add(
                "package.description",
                "is missing; describe the function in one sentence",
            );
        }
        let (mut fields, is_authorizer) = open_declaration(member, &mut problems)?;
        let trigger = if is_authorizer {
            let authorizer = AuthorizerTrigger::read(&mut fields, &mut problems);
            Some(Trigger::Authorizer(authorizer))
        } else {
            let http = HttpTrigger::read(&mut fields, defaults.validation, &mut problems);
            http.map(|http| Trigger::Http(Box::new(http)))
        };
        let permissions = Permissions::read(
            &fields.name_of("tables"),
            fields.take("tables"),
            tables,
            &mut problems,
        );
        let longest = if is_authorizer {
            authorizer::MAX_TIMEOUT
        } else {
            MAX_TIMEOUT
        };
        let limits = Limits::read(&mut fields, longest, &mut problems);
        let reserved_concurrency =
            fields.whole("reserved-concurrency", 0, u32::MAX, "", &mut problems);
        let mut environment = defaults.environment.clone();
        environment.extend(environment_variables::read(&mut fields, &mut problems));
        let field = fields.name_of("environment");
        environment_variables::check_size(field, &environment, &mut problems);
        fields.finish(&mut problems);
        let memory = limits.memory.or(defaults.limits.memory);
        let default_timeout = defaults.limits.timeout.map(|seconds| seconds.min(longest));
        let timeout = limits.timeout.or(default_timeout);
        Some(Self {
            name,
            package: member.name.clone(),
            binary: binary?,
            description,
            folder: member.folder().to_path_buf(),
            manifest_path: member.manifest_path.clone(),
            trigger: trigger?,
            permissions,
            memory: memory.unwrap_or(LAMBDA_MEMORY),
            timeout: Duration::from_secs(timeout.unwrap_or(LAMBDA_TIMEOUT).into()),
            reserved_concurrency,
            environment,
            local_dependencies: members.folders_below(member),
        })
    }

    /// Returns the field of the declaration in the function's manifest.
    pub(crate) fn field(&self) -> &'static str {
        match self.trigger {
            Trigger::Http(_) => ROUTE_FIELD,
            Trigger::Authorizer(_) => authorizer::FIELD,
        }
    }
}

/// Opens the declaration of a function, and returns whether it is that of an authorizer. Returns
/// `None` after adding a problem.
fn open_declaration<'v>(
    member: &'v Member,
    problems: &mut Problems<'_>,
) -> Option<(Fields<'v>, bool)> {
    let declared = |field| member.metadata.get(field);
    match (declared("route"), declared("authorizer")) {
        (Some(route), None) => Some((Fields::open(ROUTE_FIELD, route, problems)?, false)),
        (None, Some(value)) => Some((Fields::open(authorizer::FIELD, value, problems)?, true)),
        (Some(_), Some(_)) => {
            problems.add(
                authorizer::FIELD,
                "a function has a route or is an authorizer, not both; make a package for the \
                 authorizer",
            );
            None
        }
        (None, None) => {
            problems.add(ROUTE_FIELD, "is missing; declare method, path and access");
            None
        }
    }
}

/// Returns the binary of a function: the only one of its package, or the one that has the package's
/// name. Returns `None` after adding a problem.
fn find_binary(member: &Member, problems: &mut Problems<'_>) -> Option<String> {
    let binary = match member.binaries.as_slice() {
        [only] => Some(only),
        binaries => binaries.iter().find(|binary| **binary == member.name),
    };
    if binary.is_none() {
        let message = match member.binaries.as_slice() {
            [] => "is missing; a function is a binary, so write src/main.rs".to_owned(),
            several => format!(
                "builds {several:?}; a package with several binaries is one function, whose \
                 binary is called {:?}; make a package for each other function",
                member.name
            ),
        };
        problems.add("bin", message);
    }
    binary.cloned()
}

/// Checks that a name is valid for a function and, after an environment's name, for a stack.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=41).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(is_valid)
    {
        return Ok(());
    }
    Err(format!(
        "is {name:?}; a function's name has up to 41 lower-case letters, digits and hyphens, a \
         letter first"
    ))
}

/// Limits that a workspace or a function may declare.
#[derive(Debug, Default)]
struct Limits {
    memory: Option<u32>,
    timeout: Option<u32>,
}

/// What functions have unless they declare something else.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) api: Api,
    limits: Limits,
    environment: Variables,
    validation: RequestValidation,
}

impl Defaults {
    /// Reads `[workspace.metadata.route]`, the defaults of the functions.
    pub(crate) fn read(members: &Members, found: &mut Found) -> Self {
        if members.route_defaults.is_null() {
            return Self::default();
        }
        let root_manifest = members.root_manifest();
        let mut problems = found.in_file(&root_manifest);
        let Some(mut fields) = Fields::open(DEFAULTS, &members.route_defaults, &mut problems)
        else {
            return Self::default();
        };
        let defaults = Self {
            api: Api::read(&mut fields, &mut problems),
            limits: Limits::read(&mut fields, MAX_TIMEOUT, &mut problems),
            environment: environment_variables::read(&mut fields, &mut problems),
            validation: RequestValidation::read(&mut fields, &mut problems).unwrap_or_default(),
        };
        if fields.take("throttle").is_some() {
            // It would become a setting of every route in the stage, and API Gateway refuses one for
            // a route that does not exist.
            problems.add(
                fields.name_of("throttle"),
                "routes have no default throttle; set \"throttle\" in an environment of \
                 cdk/cdk.json, or in single routes",
            );
        }
        fields.finish(&mut problems);
        defaults
    }
}

impl Limits {
    fn read(fields: &mut Fields<'_>, longest: u32, problems: &mut Problems<'_>) -> Self {
        let seconds = " (seconds; API Gateway waits no longer)";
        Self {
            memory: fields.whole("memory", 128, 10_240, " (MB)", problems),
            timeout: fields.whole("timeout", 1, longest, seconds, problems),
        }
    }
}
