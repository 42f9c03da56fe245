//! The resolved workspace as JSON. The crate's README documents the format.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    access::Access,
    cors_settings::Cors,
    environment_variables::Variables,
    function::Function,
    permissions::Permissions,
    route::Route,
    tables::{Table, environment_variable},
    trigger::{PayloadFormat, Throttle, Trigger},
    workspace::Workspace,
};

/// The version of the format. It increases with each change that a reader has to know.
const VERSION: u32 = 2;

/// A workspace in the format that other programs read.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    version: u32,
    root: &'a Path,
    functions: Vec<FunctionDescription<'a>>,
    tables: &'a BTreeMap<String, Table>,
    cors: Option<&'a Cors>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionDescription<'a> {
    name: &'a str,
    description: &'a str,
    manifest: &'a Path,
    trigger: TriggerDescription<'a>,
    permissions: &'a Permissions,
    /// The tables by the environment variable that has their name.
    tables: BTreeMap<String, &'a str>,
    environment: &'a Variables,
    memory: u32,
    timeout: u64,
    reserved_concurrency: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum TriggerDescription<'a> {
    #[serde(rename_all = "camelCase")]
    Http {
        route_key: String,
        method: Option<&'static str>,
        path: Option<&'a str>,
        variables: Vec<&'a str>,
        access: &'a Access,
        throttle: Option<Throttle>,
        payload_format: PayloadFormat,
    },
}

impl Workspace {
    /// Returns the description of the workspace, to be printed as JSON.
    #[must_use]
    pub fn describe(&self) -> Description<'_> {
        Description {
            version: VERSION,
            root: &self.root,
            functions: self.functions.iter().map(describe_function).collect(),
            tables: &self.tables,
            cors: self.cors.as_ref(),
        }
    }
}

fn describe_function(function: &Function) -> FunctionDescription<'_> {
    let tables = function.permissions.tables();
    FunctionDescription {
        name: &function.name,
        description: &function.description,
        manifest: &function.manifest_path,
        trigger: describe_trigger(&function.trigger),
        permissions: &function.permissions,
        tables: tables
            .into_iter()
            .map(|table| (environment_variable(table), table))
            .collect(),
        environment: &function.environment,
        memory: function.memory,
        timeout: function.timeout.as_secs(),
        reserved_concurrency: function.reserved_concurrency,
    }
}

fn describe_trigger(trigger: &Trigger) -> TriggerDescription<'_> {
    let Trigger::Http(http) = trigger;
    let (method, path) = match &http.route {
        Route::Path { method, path } => (Some(method.as_str()), Some(path)),
        Route::Default => (None, None),
    };
    let variables = path.into_iter().flat_map(|path| path.variables());
    TriggerDescription::Http {
        route_key: http.route.to_string(),
        method,
        path: path.map(|path| path.as_str()),
        variables: variables.collect(),
        access: &http.access,
        throttle: http.throttle,
        payload_format: http.payload_format,
    }
}
