//! The document of the API: OpenAPI 3.1, from the declarations of the functions and the types that
//! they name.

mod api_operation;
mod api_parameters;
mod api_responses;
mod api_security;
mod component_schemas;
mod link_objects;
mod schema_example;

use std::path::Path;

use manifest::{Problem, Workspace};
use serde_json::{Map, Value, json};

use crate::openapi::{
    api_operation::Operations,
    api_responses::Responses,
    component_schemas::{Ambiguous, Schemas},
};

/// The reason why the document cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read the declarations")]
    Workspace(#[from] manifest::Error),
    /// Operations name what the service does not have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Operations(Vec<Problem>),
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
}

/// Returns the document of the workspace's API, as it is in `openapi.json`.
///
/// # Errors
///
/// Fails if the declarations are not valid, or name a type or a problem that the service does not
/// have.
pub fn openapi(root: &Path) -> Result<String, Error> {
    let workspace = Workspace::load(Some(&root.join("Cargo.toml")))?;
    let mut operations = Operations {
        schemas: Schemas::new(contract::types(), contract::problems()),
        responses: Responses::default(),
        problems: Vec::new(),
    };
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for (function, http) in workspace.routes() {
        let manifest::Route::Path { method, path } = &http.route else {
            continue;
        };
        let tag = api_operation::tag(path);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let operation = operations.operation(&workspace, function, http, path);
        let path = paths
            .entry(path.as_str().replace("+}", "}"))
            .or_insert_with(|| json!({}));
        for method in methods(*method) {
            path[method] = operation.clone();
        }
    }
    if !operations.problems.is_empty() {
        return Err(Error::Operations(operations.problems));
    }
    link_objects::add(&mut paths);
    let mut value = json!({
        "openapi": "3.1.0",
        "info": {
            "title": contract::TITLE,
            "description": contract::DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": "/", "description": "The API itself." }],
        "tags": tags.into_iter().map(describe_tag).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": operations.schemas.into_components()?,
            "responses": operations.responses.into_components(),
            "securitySchemes": api_security::schemes(&workspace),
        },
    });
    schema_example::add_to(&mut value);
    value.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value can be written");
    text.push('\n');
    Ok(text)
}

/// The methods of a path item. `ANY` stands for those that functions usually answer.
fn methods(method: manifest::Method) -> Vec<String> {
    match method.as_str() {
        "ANY" => ["get", "post", "put", "patch", "delete"]
            .map(str::to_owned)
            .to_vec(),
        method => vec![method.to_ascii_lowercase()],
    }
}

fn describe_tag(tag: String) -> Value {
    let known = contract::RESOURCES.iter().find(|(name, _)| *name == tag);
    match known {
        Some((name, description)) => json!({ "name": name, "description": description }),
        None => json!({ "name": tag }),
    }
}
