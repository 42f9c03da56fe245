//! What each kind of API can have of the declared routes and authorizers.

use std::collections::BTreeMap;

use crate::{
    api_kind::ApiKind,
    authorizer::{self, AuthorizerKind, AuthorizerTrigger},
    error::{Error, Found, Problems},
    function::Function,
    path::{Path, Segment},
    payload_format::PayloadFormat,
    request_checks,
    route::Route,
    trigger::HttpTrigger,
    workspace::Workspace,
};

/// The limit of both kinds of API.
const MAX_AUTHORIZERS: usize = 10;

impl Workspace {
    /// Checks that an API of this kind can have the routes and authorizers. `load` does not, because
    /// an environment may use another kind than the declared one.
    ///
    /// # Errors
    /// Fails with every declaration that the API cannot have.
    pub fn check_for(&self, kind: ApiKind) -> Result<(), Error> {
        let mut found = Found::default();
        match kind {
            ApiKind::Http => check_http(self, &mut found),
            ApiKind::Rest => check_rest(self, &mut found),
        }
        found.into_result(&self.root)
    }
}

fn check_http(workspace: &Workspace, found: &mut Found) {
    check_number_of_authorizers(workspace, found);
    for (function, http) in workspace.routes() {
        if http.requires_key {
            found.in_file(&function.manifest_path).add(
                "package.metadata.route.key",
                "an HTTP API has no API keys; use a REST API, with api = \"rest\" in \
                 [workspace.metadata.route]",
            );
        }
    }
    for (function, authorizer) in workspace.authorizers() {
        if authorizer.kind == AuthorizerKind::Token {
            found.in_file(&function.manifest_path).add(
                format!("{}.type", authorizer::FIELD),
                "an HTTP API has no authorizers of type \"token\"; use \"request\", which a REST \
                 API has too",
            );
        }
    }
}

fn check_rest(workspace: &Workspace, found: &mut Found) {
    check_number_of_authorizers(workspace, found);
    for (function, http) in workspace.routes() {
        check_rest_route(http, &mut found.in_file(&function.manifest_path));
    }
    check_siblings(workspace, found);
    request_checks::collect(workspace, found);
    for (function, authorizer) in workspace.authorizers() {
        check_rest_authorizer(authorizer, &mut found.in_file(&function.manifest_path));
    }
}

fn check_number_of_authorizers(workspace: &Workspace, found: &mut Found) {
    for (function, _) in workspace.authorizers().skip(MAX_AUTHORIZERS) {
        found.in_file(&function.manifest_path).add(
            authorizer::FIELD,
            format!("an API has at most {MAX_AUTHORIZERS} authorizers"),
        );
    }
}

fn check_rest_route(http: &HttpTrigger, problems: &mut Problems<'_>) {
    match &http.route {
        Route::Default => problems.add(
            "package.metadata.route.path",
            "a REST API has no $default route; write method = \"ANY\" and path = \"/{rest+}\"",
        ),
        Route::Path { path, .. } => {
            if let Err(message) = check_resource_path(path) {
                problems.add("package.metadata.route.path", message);
            }
        }
    }
    if !http.mapping.is_empty() {
        problems.add(
            "package.metadata.route.mapping",
            "a REST API ignores parameter mapping on a Lambda proxy integration; change parameters \
             in the function, and errors in [workspace.metadata.gateway-responses]",
        );
    }
}

fn check_resource_path(path: &Path) -> Result<(), String> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "_-.,:".contains(c);
    for segment in path.segments() {
        let (Segment::Literal(text) | Segment::Variable(text) | Segment::Greedy(text)) = segment;
        if let Some(bad) = text.chars().find(|c| !is_valid(*c)) {
            return Err(format!(
                "a REST API has no {bad:?} in paths; use letters, digits and \"_-.,:\""
            ));
        }
    }
    Ok(())
}

/// A REST API has a tree of resources, and a resource has one child with a variable.
fn check_siblings(workspace: &Workspace, found: &mut Found) {
    let mut variables: BTreeMap<String, (String, &Function)> = BTreeMap::new();
    for (function, http) in workspace.routes() {
        let Route::Path { path, .. } = &http.route else {
            continue;
        };
        let mut parent = String::new();
        for segment in path.segments() {
            let part = match segment {
                Segment::Literal(text) => text.clone(),
                Segment::Variable(name) => format!("{{{name}}}"),
                Segment::Greedy(name) => format!("{{{name}+}}"),
            };
            if !matches!(segment, Segment::Literal(_)) {
                let (first, owner) = variables
                    .entry(parent.clone())
                    .or_insert_with(|| (part.clone(), function));
                if *first != part {
                    found.in_file(&function.manifest_path).add(
                        "package.metadata.route.path",
                        format!(
                            "a REST API has one variable after \"{parent}/\", which is {first} in \
                             the path of {}; {part} cannot be beside it",
                            owner.name
                        ),
                    );
                    break;
                }
            }
            parent = format!("{parent}/{part}");
        }
    }
}

fn check_rest_authorizer(authorizer: &AuthorizerTrigger, problems: &mut Problems<'_>) {
    if authorizer.kind == AuthorizerKind::Request && authorizer.payload_format == PayloadFormat::V2
    {
        problems.add(
            format!("{}.payload-format", authorizer::FIELD),
            "a REST API has the payload format \"1.0\" only, which an HTTP API has too",
        );
    }
}
