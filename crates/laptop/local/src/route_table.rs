//! The declared routes, for the gateway and for the terminal.

use std::collections::BTreeSet;

use gateway::Route;
use manifest::{Access, Method, Segment, Workspace};

/// Returns the routes for the gateway.
pub(crate) fn of(workspace: &Workspace) -> Vec<Route> {
    let routes = workspace.routes().map(|(function, http)| Route {
        authorization: http.access.clone(),
        payload_format: http.payload_format,
        throttle: http.throttle,
        ..Route::new(http.route.clone(), &function.name)
    });
    routes.collect()
}

/// Returns the routes as a table, sorted by path.
pub(crate) fn table(workspace: &Workspace) -> String {
    let mut rows: Vec<[String; 4]> = workspace
        .routes()
        .map(|(function, http)| {
            let (method, path) = match &http.route {
                manifest::Route::Path { method, path } => (method.as_str(), path.as_str()),
                manifest::Route::Default => ("", "$default"),
            };
            [path, method, &http.access.to_string(), &function.name].map(str::to_owned)
        })
        .collect();
    rows.sort();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (path, method, access) = (width(0), width(1), width(2));
    rows.iter()
        .map(|row| {
            let [p, m, a, name] = row;
            format!("  {m:method$}  {p:path$}  {a:access$}  {name}\n")
        })
        .collect()
}

/// Returns every scope that a route requires.
pub(crate) fn scopes(workspace: &Workspace) -> BTreeSet<&str> {
    let scopes = workspace
        .routes()
        .filter_map(|(_, http)| match &http.access {
            Access::Token { scopes } => Some(scopes),
            Access::Public | Access::Iam => None,
        });
    scopes.flatten().map(String::as_str).collect()
}

/// Returns a request to try first: preferably a GET of a protected route without variables.
pub(crate) fn sample(workspace: &Workspace, url: &str) -> Option<Sample> {
    let best = workspace
        .routes()
        .filter_map(|(_, http)| match &http.route {
            manifest::Route::Path { method, path } => Some((http, *method, path)),
            manifest::Route::Default => None,
        })
        .filter(|(http, ..)| http.access != Access::Iam)
        .min_by_key(|(http, method, path)| {
            let reads = matches!(method, Method::Get | Method::Any);
            let variables = path.segments().iter().filter(|s| !is_literal(s)).count();
            let open = http.access == Access::Public;
            (!reads, open, variables, path.segments().len())
        });
    let (http, method, path) = best?;
    let filled: String = path
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Variable(_) | Segment::Greedy(_) => "/1".to_owned(),
        })
        .collect();
    let method = match method {
        Method::Get | Method::Any => String::new(),
        other => format!("-X {other} "),
    };
    Some(Sample {
        needs_token: http.access != Access::Public,
        arguments: format!("{method}{url}{filled}"),
    })
}

/// A request to try, as arguments of curl without the token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) needs_token: bool,
    pub(crate) arguments: String,
}

fn is_literal(segment: &Segment) -> bool {
    matches!(segment, Segment::Literal(_))
}
