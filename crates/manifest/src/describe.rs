//! The resolved workspace as JSON, for programs that are not written in Rust.

use crate::{Access, Attribute, Function, PayloadFormat, Permissions, Route, Segment, Table};
use crate::{Trigger, Workspace, environment_variable};
use serde_json::{Map, Value, json};

/// The version of the format. It counts up with each change that a reader has to know of.
const VERSION: u32 = 1;

/// The workspace as JSON; the crate's README documents the format.
#[must_use]
pub fn describe(workspace: &Workspace) -> Value {
    let tables = workspace.tables.iter();
    let tables: Map<_, _> = tables
        .map(|(name, table)| (name.clone(), of_table(table)))
        .collect();
    json!({
        "version": VERSION,
        "root": workspace.root,
        "functions": workspace.functions.iter().map(of_function).collect::<Vec<_>>(),
        "tables": tables,
    })
}

fn of_function(function: &Function) -> Value {
    let tables = function.permissions.tables().into_iter();
    let environment: Map<_, _> = tables
        .map(|table| (environment_variable(table), table.into()))
        .collect();
    json!({
        "name": function.name,
        "description": function.description,
        "manifest": function.manifest_path,
        "trigger": of_trigger(&function.trigger),
        "permissions": of_permissions(&function.permissions),
        "tables": environment,
        "memory": function.memory,
        "timeout": function.timeout.as_secs(),
        "reservedConcurrency": function.reserved_concurrency,
    })
}

fn of_trigger(trigger: &Trigger) -> Value {
    let Trigger::Http(http) = trigger;
    let (method, path, variables) = match &http.route {
        Route::Path { method, path } => {
            let variables = path.segments().iter().filter_map(|segment| match segment {
                Segment::Literal(_) => None,
                Segment::Variable(name) | Segment::Greedy(name) => Some(name.as_str()),
            });
            (
                Some(method.as_str()),
                Some(path.as_str()),
                variables.collect(),
            )
        }
        Route::Default => (None, None, Vec::new()),
    };
    json!({
        "kind": "http",
        "routeKey": http.route.to_string(),
        "method": method,
        "path": path,
        "variables": variables,
        "access": of_access(&http.access),
        "throttle": http.throttle.map(|t| json!({ "rate": t.rate, "burst": t.burst })),
        "payloadFormat": match http.payload_format {
            PayloadFormat::V1 => "1.0",
            PayloadFormat::V2 => "2.0",
        },
    })
}

fn of_access(access: &Access) -> Value {
    match access {
        Access::Public => json!({ "kind": "public" }),
        Access::Token { scopes } => json!({ "kind": "token", "scopes": scopes }),
        Access::Iam => json!({ "kind": "iam" }),
    }
}

fn of_permissions(permissions: &Permissions) -> Value {
    let permissions = permissions.iter().map(|(resource, actions)| {
        let actions: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
        (resource.to_string(), actions.into())
    });
    Value::Object(permissions.collect())
}

fn of_table(table: &Table) -> Value {
    let indexes = table.indexes.iter().map(|(name, index)| {
        let index = json!({
            "partitionKey": of_key(&index.partition_key),
            "sortKey": index.sort_key.as_ref().map(of_key),
        });
        (name.clone(), index)
    });
    json!({
        "partitionKey": of_key(&table.partition_key),
        "sortKey": table.sort_key.as_ref().map(of_key),
        "timeToLive": table.time_to_live,
        "indexes": indexes.collect::<Map<_, _>>(),
    })
}

fn of_key(key: &Attribute) -> Value {
    json!({ "name": key.name, "type": key.kind.as_str() })
}
