//! The functions to serve: all of them, or those of `--only`.

use std::collections::BTreeSet;

use manifest::{Access, Function, Workspace};
use wildmatch::WildMatch;

use crate::error::Error;

/// Keeps the functions whose names match one of `patterns`, where `*` stands for any characters and `?`
/// for one, and the Lambda authorizers of their routes. Without patterns, keeps all.
///
/// Fails if a pattern matches no function.
pub(crate) fn select(mut workspace: Workspace, patterns: &[String]) -> Result<Workspace, Error> {
    if patterns.is_empty() {
        return Ok(workspace);
    }
    let names = workspace.functions.iter().map(|f| f.name.as_str());
    let matchers: Vec<WildMatch> = patterns.iter().map(|p| WildMatch::new(p)).collect();
    for (pattern, matcher) in patterns.iter().zip(&matchers) {
        if !names.clone().any(|name| matcher.matches(name)) {
            return Err(Error::UnknownFunction {
                option: "--only",
                pattern: pattern.clone(),
                hint: manifest::did_you_mean(pattern, names),
            });
        }
    }
    let is_named = |function: &Function| matchers.iter().any(|m| m.matches(&function.name));
    let named = workspace
        .routes()
        .filter(|(function, _)| is_named(function));
    let authorizers: BTreeSet<String> = named
        .filter_map(|(_, http)| match &http.access {
            Access::Authorizer { name } => Some(name.clone()),
            _ => None,
        })
        .collect();
    workspace
        .functions
        .retain(|function| is_named(function) || authorizers.contains(&function.name));
    Ok(workspace)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use manifest::Trigger;

    use super::*;

    #[test]
    fn a_selected_route_keeps_its_authorizer() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/Cargo.toml");
        let mut workspace = Workspace::load(Some(&manifest)).unwrap();
        for function in &mut workspace.functions {
            if let (Trigger::Http(http), "notes-put") = (&mut function.trigger, &*function.name) {
                http.access = Access::Authorizer {
                    name: "doorkeeper".to_owned(),
                };
            }
        }
        let selected = |pattern: &str| {
            let selected = select(workspace.clone(), &[pattern.to_owned()]).unwrap();
            let names = selected.functions.into_iter().map(|f| f.name);
            names.collect::<Vec<_>>()
        };

        assert_eq!(selected("notes-put"), ["doorkeeper", "notes-put"]);
        assert_eq!(selected("notes-get"), ["notes-get"]);
    }
}
