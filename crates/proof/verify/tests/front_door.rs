//! The requests that `scripts/verify-aws.sh` sends to AWS, sent to the local front door: its answers
//! are those of `docs/verification/local.json`, with which AWS's are compared.

#![allow(clippy::unwrap_used, reason = "tests")]

use local::{Authorizer, Program, Server, Settings};
use manifest::Workspace;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use verify::{List, Route};

/// A workspace with a function for each route.
fn workspace(routes: &[Route], folder: &Path) -> Workspace {
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n",
    )
    .unwrap();
    for (number, route) in routes.iter().enumerate() {
        let name = format!("probe-{number}");
        let place = match route.key.split_once(' ') {
            Some((method, path)) => format!("method = {method:?}\npath = {path:?}"),
            None => format!("path = {:?}", route.key),
        };
        let access = match &route.scopes {
            None => "\"public\"".to_owned(),
            Some(scopes) if scopes.is_empty() => "\"token\"".to_owned(),
            Some(scopes) => format!("{{ scopes = {scopes:?} }}"),
        };
        let package = folder.join("functions").join(&name);
        fs::create_dir_all(package.join("src")).unwrap();
        fs::write(package.join("src/main.rs"), "fn main() {}\n").unwrap();
        fs::write(
            package.join("Cargo.toml"),
            format!(
                "[package]\nname = {name:?}\ndescription = \"Says what it is asked.\"\n\
                 edition = \"2024\"\n\n[package.metadata.route]\n{place}\naccess = {access}\n\
                 timeout = 5\n"
            ),
        )
        .unwrap();
    }
    Workspace::load(Some(&folder.join("Cargo.toml"))).unwrap()
}

#[tokio::test]
async fn the_local_front_door_answers_as_recorded() {
    let list = List::read().unwrap();
    let folder = TempDir::new().unwrap();
    let workspace = workspace(&list.routes, folder.path());
    let program = Program {
        path: env!("CARGO_BIN_EXE_probe").into(),
        modified: None,
    };
    let programs: BTreeMap<String, Program> = workspace
        .functions
        .iter()
        .map(|function| (function.name.clone(), program.clone()))
        .collect();
    let keys = folder.path().join("keys");
    let development = Arc::new(local::Issuer::open(&keys).unwrap());
    let issuer = verify::Issuer::open(&development.url(), &keys).unwrap();
    let mut settings = Settings::ephemeral(Arc::clone(&development));
    settings.authorizer = Authorizer::Development {
        issuer: development,
        audience: vec![verify::AUDIENCE.to_owned()],
    };
    settings.cors_origins = vec![list.origin.clone()];
    let listener = settings.bind().await.unwrap();
    let door = Server::open(settings, listener, &workspace, &programs)
        .await
        .unwrap();

    let answers = verify::ask(&list, &door.url(), &issuer).await.unwrap();
    door.close().await;

    assert!(verify::is_reached(&answers));
    let file = verify::folder().join("local.json");
    if std::env::var_os("RECORD").is_some() {
        let record = json!({ "answers": answers });
        fs::write(&file, format!("{record:#}\n")).unwrap();
    }
    let recorded: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let recorded = recorded["answers"].as_object().unwrap();
    for request in &list.requests {
        let name = &request.name;
        assert_eq!(
            answers.get(name),
            recorded.get(name),
            "{name}; if this is meant, record it: RECORD=1 cargo test -p verify"
        );
    }
    assert_eq!(recorded.len(), list.requests.len());
}

#[test]
fn every_request_settles_a_row_of_the_document() {
    let document = fs::read_to_string(verify::folder().join("../fidelity.md")).unwrap();
    let rows: BTreeSet<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .collect();

    let list = List::read().unwrap();
    let mut names = BTreeSet::new();
    for request in &list.requests {
        let (name, settles) = (&request.name, request.settles.as_str());
        assert!(rows.contains(settles), "{name} settles {settles}");
        assert!(names.insert(name), "{name} is there twice");
        if let Some(token) = &request.token {
            assert!(list.tokens.contains_key(token), "{name}: {token}");
        }
    }
}

#[test]
fn the_api_in_aws_has_the_routes_of_the_list() {
    let file = verify::folder().join("../../scripts/verify/template.yaml");
    let template = fs::read_to_string(file).unwrap();
    let list = List::read().unwrap();

    let there: BTreeSet<&str> = template
        .split("RouteKey: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let here: BTreeSet<&str> = list.routes.iter().map(|route| route.key.as_str()).collect();
    assert_eq!(there, here);
    for route in &list.routes {
        let scopes = route.scopes.as_deref().unwrap_or_default();
        if !scopes.is_empty() {
            let scopes = format!("AuthorizationScopes: {}", json!(scopes)).replace(',', ", ");
            assert!(template.contains(&scopes), "{scopes}");
        }
    }
    assert!(template.contains(&format!("AllowOrigins: [\"{}\"]", list.origin)));
    assert!(template.contains(&format!("Audience: [\"{}\"]", verify::AUDIENCE)));
}
