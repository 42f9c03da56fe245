//! One function: its route, who may call it, what it may do, and its limits.

use crate::access::Access;
use crate::error::{Error, Problem, Problems, none_or_all};
use crate::fields::Fields;
use crate::member::{Member, Members};
use crate::permissions::Permissions;
use crate::route::Route;
use crate::tables::{self, Table};
use crate::trigger::{HttpTrigger, PayloadFormat, Throttle, Trigger};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What one function declares, completed by the workspace's defaults and Lambda's.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// One name for folder, package, binary and Lambda function.
    pub name: String,
    /// One sentence for whoever reads a list of routes.
    pub description: String,
    /// The folder it lives in.
    pub folder: PathBuf,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What invokes it.
    pub trigger: Trigger,
    /// What it may do to which table.
    pub permissions: Permissions,
    /// Memory in MB.
    pub memory: u32,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// How many of it may run at once, if that is reserved.
    pub reserved_concurrency: Option<u32>,
    /// The folders of the packages it is built from besides its own.
    pub local_dependencies: Vec<PathBuf>,
}

const FIELD: &str = "package.metadata.route";
const DEFAULTS: &str = "workspace.metadata.route";

/// What Lambda gives a function that says nothing.
const LAMBDA_MEMORY: u32 = 128;
const LAMBDA_TIMEOUT: u32 = 3;

impl Function {
    /// Reads the declaration of the function whose manifest is `manifest_path`, with the tables and
    /// defaults of the workspace around it. Mistakes in other functions do not matter.
    ///
    /// # Errors
    /// When Cargo cannot read the workspace, or the declaration is wrong.
    pub fn read(manifest_path: &Path) -> Result<Self, Error> {
        let members = Members::load(Some(manifest_path))?;
        let manifest_path = manifest_path
            .canonicalize()
            .unwrap_or_else(|_| manifest_path.to_path_buf());
        let mut problems = Vec::new();
        let tables = tables::declared_by(&members.packages, &mut problems);
        let defaults = Defaults::read(&members, &mut problems);
        let member = members
            .packages
            .iter()
            .find(|member| member.manifest_path == manifest_path);
        let function = match member {
            Some(member) => Self::of(member, &members, &tables, &defaults, &mut problems),
            None => {
                Problems::new(&manifest_path, &mut problems).add(
                    "package",
                    format!("is not a member of {}", members.root_manifest().display()),
                );
                None
            }
        };
        none_or_all(problems)?;
        Ok(function.expect("a function that cannot be read has left a problem"))
    }

    /// The function that `member` is; `None` leaves at least one problem.
    pub(crate) fn of(
        member: &Member,
        members: &Members,
        tables: &BTreeMap<String, Table>,
        defaults: &Defaults,
        found: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut problems = Problems::new(&member.manifest_path, found);
        one_name(member, &mut problems);
        let description = member.description.clone().unwrap_or_default();
        if description.trim().is_empty() {
            problems.add(
                "package.description",
                "is missing; say in one sentence what the route does",
            );
        }
        let Some(declared) = member.metadata.get("route") else {
            problems.add(FIELD, "is missing; declare method, path and access");
            return None;
        };
        let mut fields = Fields::open(FIELD, declared, &mut problems)?;
        let route = Route::read(&mut fields, &mut problems);
        let access = Access::read(&mut fields, &mut problems);
        let permissions = Permissions::read(
            &fields.name_of("tables"),
            fields.take("tables"),
            tables,
            &mut problems,
        );
        let limits = Defaults::of_fields(&mut fields, &mut problems);
        let reserved_concurrency =
            fields.whole("reserved-concurrency", 0, u32::MAX, "", &mut problems);
        let payload_format = match fields.text("payload-format", &mut problems) {
            None | Some("2.0") => PayloadFormat::V2,
            Some("1.0") => PayloadFormat::V1,
            Some(other) => {
                problems.add(
                    fields.name_of("payload-format"),
                    format!("must be \"2.0\" or \"1.0\", not {other:?}"),
                );
                PayloadFormat::V2
            }
        };
        fields.finish(&mut problems);
        Some(Self {
            name: member.name.clone(),
            description,
            folder: member.folder().to_path_buf(),
            manifest_path: member.manifest_path.clone(),
            trigger: Trigger::Http(HttpTrigger {
                route: route?,
                access: access?,
                throttle: limits.throttle.or(defaults.throttle),
                payload_format,
            }),
            permissions,
            memory: limits.memory.or(defaults.memory).unwrap_or(LAMBDA_MEMORY),
            timeout: Duration::from_secs(u64::from(
                limits
                    .timeout
                    .or(defaults.timeout)
                    .unwrap_or(LAMBDA_TIMEOUT),
            )),
            reserved_concurrency,
            local_dependencies: members.folders_below(member),
        })
    }
}

/// Folder, package and binary have one name.
fn one_name(member: &Member, problems: &mut Problems<'_>) {
    let folder = member.folder().file_name().and_then(|name| name.to_str());
    if folder != Some(member.name.as_str()) {
        problems.add(
            "package.name",
            format!(
                "is {:?}, but its folder is {:?}; a function has one name for both",
                member.name,
                folder.unwrap_or_default()
            ),
        );
    }
    // CloudFormation takes no other characters in a stack's name.
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if member.name.len() > 41
        || !member.name.starts_with(|c: char| c.is_ascii_lowercase())
        || !member.name.chars().all(valid)
    {
        problems.add(
            "package.name",
            format!(
                "is {:?}; a function's name has up to 41 lower-case letters, digits and hyphens, a \
                 letter first",
                member.name
            ),
        );
    }
    let binaries = &member.binaries;
    if !binaries.contains(&member.name) {
        problems.add(
            "bin",
            format!(
                "builds {binaries:?}; a function's binary is called {:?} as its package",
                member.name
            ),
        );
    }
}

/// Limits that a workspace or a function may set.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    memory: Option<u32>,
    timeout: Option<u32>,
    throttle: Option<Throttle>,
}

impl Defaults {
    /// The workspace's `[workspace.metadata.route]`.
    pub(crate) fn read(members: &Members, found: &mut Vec<Problem>) -> Self {
        if members.route_defaults.is_null() {
            return Self::default();
        }
        let root_manifest = members.root_manifest();
        let mut problems = Problems::new(&root_manifest, found);
        let Some(mut fields) = Fields::open(DEFAULTS, &members.route_defaults, &mut problems)
        else {
            return Self::default();
        };
        let defaults = Self::of_fields(&mut fields, &mut problems);
        fields.finish(&mut problems);
        defaults
    }

    fn of_fields(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        Self {
            memory: fields.whole("memory", 128, 10_240, " (MB)", problems),
            timeout: fields.whole("timeout", 1, 900, " (seconds)", problems),
            throttle: fields
                .take("throttle")
                .and_then(|value| read_throttle(fields.name_of("throttle"), value, problems)),
        }
    }
}

fn read_throttle(name: String, value: &Value, problems: &mut Problems<'_>) -> Option<Throttle> {
    let mut fields = Fields::open(name, value, problems)?;
    let rate = fields.take("rate").and_then(Value::as_f64);
    let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0);
    if rate.is_none() {
        problems.add(
            fields.name_of("rate"),
            "must be requests per second, more than 0",
        );
    }
    let burst = fields.whole("burst", 1, u32::MAX, "", problems);
    if burst.is_none() {
        problems.add(fields.name_of("burst"), "says how many may come at once");
    }
    fields.finish(problems);
    Some(Throttle {
        rate: rate?,
        burst: burst?,
    })
}
