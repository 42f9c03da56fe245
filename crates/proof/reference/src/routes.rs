//! The table of routes.

use std::path::Path;

use manifest::{Access, Error, Workspace};

pub(crate) fn table(root: &Path) -> Result<String, Error> {
    let workspace = Workspace::load(Some(&root.join("Cargo.toml")))?;
    let mut routes: Vec<_> = workspace.routes().collect();
    routes.sort_by_key(|(_, http)| {
        // By resource, then in the order in which a resource is usually documented.
        let route = http.route.to_string();
        let (method, path) = route.split_once(' ').unwrap_or(("", &route));
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let method = methods.iter().position(|known| *known == method);
        (path.to_owned(), method)
    });
    let mut table = "| route | access | function | |\n|---|---|---|---|\n".to_owned();
    for (function, http) in routes {
        let access = match &http.access {
            Access::Public => "public".to_owned(),
            Access::Token { scopes } if scopes.is_empty() => "token".to_owned(),
            Access::Token { scopes } => {
                let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                scopes.join(" or ")
            }
            Access::Iam => "iam".to_owned(),
            Access::Authorizer { name } => format!("`{name}`"),
        };
        table.push_str(&format!(
            "| `{}` | {access} | `{}` | {} |\n",
            http.route, function.name, function.description
        ));
    }
    Ok(table)
}
