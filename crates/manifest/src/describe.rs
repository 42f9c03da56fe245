//! The resolved workspace as JSON. The crate's README documents the format.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use serde_json::Value;

use crate::{
    access::Access,
    api_kind::{Api, ApiKind},
    authorizer::{AuthorizerKind, IdentitySource},
    cors_settings::Cors,
    environment_variables::Variables,
    error::Error,
    function::Function,
    gateway_responses::GatewayResponses,
    mapping::{Mapping, ParameterChange},
    payload_format::PayloadFormat,
    permissions::Permissions,
    plans::Plan,
    request_checks::{RequestChecks, RouteChecks},
    request_validation::RequestValidation,
    route::Route,
    tables::{Table, environment_variable},
    trigger::{HttpTrigger, Throttle, Trigger},
    workspace::Workspace,
};

/// The version of the format. It increases with each change that a reader has to know.
const VERSION: u32 = 3;

/// A workspace in the format that other programs read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description<'a> {
    version: u32,
    root: &'a Path,
    functions: Vec<FunctionDescription<'a>>,
    tables: &'a BTreeMap<String, Table>,
    cors: Option<&'a Cors>,
    api: Api,
    plans: &'a BTreeMap<String, Plan>,
    gateway_responses: &'a GatewayResponses,
    models: BTreeMap<String, Value>,
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
        requires_key: bool,
        validation: RequestValidation,
        required_parameters: Vec<String>,
        /// The names of models by media type.
        request_models: BTreeMap<String, String>,
        mapping: Option<MappingDescription<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Authorizer {
        /// What the function receives: `request` or `token`.
        event: AuthorizerKind,
        payload_format: PayloadFormat,
        simple_responses: bool,
        identity: Vec<String>,
        ttl: u64,
    },
}

/// Changes of parameters: the values by the keys of CloudFormation.
type Changes<'a> = BTreeMap<&'a str, &'a str>;

#[derive(Debug, Serialize)]
struct MappingDescription<'a> {
    request: Changes<'a>,
    responses: BTreeMap<u16, Changes<'a>>,
}

impl Workspace {
    /// Returns the description of the workspace with an API of this kind, to be printed as JSON.
    ///
    /// # Errors
    /// Fails with every declaration that an API of this kind cannot have.
    pub fn describe(&self, kind: ApiKind) -> Result<Description<'_>, Error> {
        self.check_for(kind)?;
        let mut checks = match kind {
            ApiKind::Http => RequestChecks::default(),
            ApiKind::Rest => self.request_checks()?,
        };
        let functions = self.functions.iter().map(|function| {
            let checks = checks.routes.remove(&function.name);
            describe_function(function, checks.unwrap_or_default())
        });
        Ok(Description {
            version: VERSION,
            root: &self.root,
            functions: functions.collect(),
            tables: &self.tables,
            cors: self.cors.as_ref(),
            api: Api {
                kind,
                ..self.api.clone()
            },
            plans: &self.plans,
            gateway_responses: &self.gateway_responses,
            models: checks.models,
        })
    }
}

fn describe_function(function: &Function, checks: RouteChecks) -> FunctionDescription<'_> {
    let tables = function.permissions.tables();
    FunctionDescription {
        name: &function.name,
        description: &function.description,
        manifest: &function.manifest_path,
        trigger: describe_trigger(&function.trigger, checks),
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

fn describe_trigger(trigger: &Trigger, checks: RouteChecks) -> TriggerDescription<'_> {
    match trigger {
        Trigger::Http(http) => describe_route(http, checks),
        Trigger::Authorizer(authorizer) => TriggerDescription::Authorizer {
            event: authorizer.kind,
            payload_format: authorizer.payload_format,
            simple_responses: authorizer.simple_responses,
            identity: authorizer
                .identity
                .iter()
                .map(IdentitySource::text)
                .collect(),
            ttl: authorizer.ttl.as_secs(),
        },
    }
}

fn describe_route(http: &HttpTrigger, checks: RouteChecks) -> TriggerDescription<'_> {
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
        requires_key: http.requires_key,
        validation: http.validation,
        required_parameters: checks.parameters.iter().map(ToString::to_string).collect(),
        request_models: checks.models,
        mapping: describe_mapping(&http.mapping),
    }
}

fn describe_mapping(mapping: &Mapping) -> Option<MappingDescription<'_>> {
    let responses = mapping.responses.iter();
    (!mapping.is_empty()).then(|| MappingDescription {
        request: describe_changes(&mapping.request),
        responses: responses
            .map(|(status, changes)| (*status, describe_changes(changes)))
            .collect(),
    })
}

fn describe_changes(changes: &[ParameterChange]) -> Changes<'_> {
    changes.iter().map(ParameterChange::texts).collect()
}
