//! The declared routes, for the gateway and for the terminal.

use std::collections::{BTreeMap, BTreeSet};

use gateway::{AuthorizerTrigger, Route};
use manifest::{Access, Method, RequestChecks, Segment, Workspace};

/// Returns the routes for the gateway, with what it checks of requests.
pub(crate) fn of(workspace: &Workspace, checks: &RequestChecks) -> Vec<Route> {
    let routes = workspace.routes().map(|(function, http)| Route {
        authorization: http.access.clone(),
        payload_format: http.payload_format,
        throttle: http.throttle,
        requires_key: http.requires_key,
        mapping: http.mapping.clone(),
        checks: checks
            .routes
            .get(&function.name)
            .cloned()
            .unwrap_or_default(),
        ..Route::new(http.route.clone(), &function.name)
    });
    routes.collect()
}

/// Returns the Lambda authorizers for the gateway, by the names of their functions.
pub(crate) fn authorizers(workspace: &Workspace) -> BTreeMap<String, AuthorizerTrigger> {
    let declared = workspace.authorizers();
    declared
        .map(|(function, authorizer)| (function.name.clone(), authorizer.clone()))
        .collect()
}

/// Returns the routes as a table, sorted by path.
pub(crate) fn table(workspace: &Workspace) -> String {
    let rows = rows(workspace);
    let widths = widths(rows.iter());
    rows.iter().map(|row| line("  ", row, widths)).collect()
}

/// Returns the routes that are new, after a `+`, and those that were removed, after a `-`. A route whose
/// access or function is another one is in both.
pub(crate) fn changes(before: &Workspace, after: &Workspace) -> String {
    let (before, after) = (rows(before), rows(after));
    let added = after.difference(&before).map(|row| ("+ ", row));
    let removed = before.difference(&after).map(|row| ("- ", row));
    let mut changed: Vec<_> = added.chain(removed).collect();
    changed.sort_by_key(|(_, row)| *row);
    let widths = widths(changed.iter().map(|(_, row)| *row));
    changed
        .iter()
        .map(|(sign, row)| line(sign, row, widths))
        .collect()
}

/// Path, method, access and function of a route.
type Row = [String; 4];

fn rows(workspace: &Workspace) -> BTreeSet<Row> {
    let rows = workspace.routes().map(|(function, http)| {
        let (method, path) = match &http.route {
            manifest::Route::Path { method, path } => (method.as_str(), path.as_str()),
            manifest::Route::Default => ("", "$default"),
        };
        let key = if http.requires_key { ", key" } else { "" };
        let access = format!("{}{key}", http.access);
        [path, method, &access, &function.name].map(str::to_owned)
    });
    rows.collect()
}

/// Returns the widths of path, method and access.
fn widths<'r>(rows: impl Iterator<Item = &'r Row> + Clone) -> [usize; 3] {
    [0, 1, 2].map(|column| rows.clone().map(|row| row[column].len()).max().unwrap_or(0))
}

fn line(sign: &str, row: &Row, [path, method, access]: [usize; 3]) -> String {
    let [p, m, a, name] = row;
    format!("{sign}{m:method$}  {p:path$}  {a:access$}  {name}\n")
}

/// Returns a request to try first: preferably a GET of a protected route without variables.
pub(crate) fn sample(workspace: &Workspace, url: &str) -> Option<Sample> {
    let best = workspace
        .routes()
        .filter_map(|(_, http)| match &http.route {
            manifest::Route::Path { method, path } => Some((http, *method, path)),
            manifest::Route::Default => None,
        })
        .filter(|(http, ..)| matches!(http.access, Access::Public | Access::Token { .. }))
        .min_by_key(|(http, method, path)| {
            let reads = matches!(method, Method::Get | Method::Any);
            let variables = path.segments().iter().filter(|s| !is_literal(s)).count();
            let open = http.access == Access::Public;
            (
                !reads,
                http.requires_key,
                open,
                variables,
                path.segments().len(),
            )
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
        needs_token: matches!(http.access, Access::Token { .. }),
        scopes: match &http.access {
            Access::Token { scopes } => scopes.clone(),
            Access::Public | Access::Iam | Access::Authorizer { .. } => Vec::new(),
        },
        plan: workspace
            .plans
            .keys()
            .next()
            .filter(|_| http.requires_key)
            .cloned(),
        arguments: format!("{method}{url}{filled}"),
    })
}

/// A request to try, as arguments of curl without the token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) needs_token: bool,
    /// The scopes of the route.
    pub(crate) scopes: Vec<String>,
    /// A usage plan whose key the request needs.
    pub(crate) plan: Option<String>,
    pub(crate) arguments: String,
}

fn is_literal(segment: &Segment) -> bool {
    matches!(segment, Segment::Literal(_))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use manifest::Trigger;

    use super::*;

    fn fixture() -> Workspace {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
        Workspace::load(Some(&folder.join("Cargo.toml"))).unwrap()
    }

    #[test]
    fn new_and_removed_routes_have_a_sign() {
        let before = fixture();
        let mut after = before.clone();
        after
            .functions
            .retain(|function| function.name != "trials-post");
        for function in &mut after.functions {
            if let Trigger::Http(http) = &mut function.trigger {
                http.access = Access::Public;
            }
        }

        let changes = changes(&before, &after);

        assert_eq!(
            changes,
            "+ GET   /notes/{noteId}  public             notes-get\n\
             - GET   /notes/{noteId}  token              notes-get\n\
             + PUT   /notes/{noteId}  public             notes-put\n\
             - PUT   /notes/{noteId}  scope notes:write  notes-put\n\
             - POST  /trials          public             trials-post\n"
        );
        assert_eq!(super::changes(&after, &after), "");
    }
}
