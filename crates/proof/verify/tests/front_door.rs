//! Compares the responses of the local front door with `docs/verification/local.json`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    sync::Arc,
};

use local::{Authorizer, Program, Server, Settings};
use manifest::Workspace;
use serde_json::{Value, json};
use tempfile::TempDir;
use verify::{AUDIENCE, RequestList, TestIssuer};

/// Returns a workspace with one function for each route, and the CORS settings of the template.
fn workspace(list: &RequestList, folder: &Path) -> Workspace {
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n\n\
             [workspace.metadata.cors]\norigins = [{:?}]\nmethods = [\"*\"]\n\
             headers = [\"*\"]\nexposed-headers = [\"*\"]\nmax-age = 300\n",
            list.origin
        ),
    )
    .unwrap();
    for (number, route) in list.routes.iter().enumerate() {
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
                "[package]\nname = {name:?}\ndescription = \"Returns its event.\"\n\
                 edition = \"2024\"\n\n[package.metadata.route]\n{place}\naccess = {access}\n\
                 timeout = 5\n"
            ),
        )
        .unwrap();
    }
    Workspace::load(Some(&folder.join("Cargo.toml"))).unwrap()
}

#[tokio::test]
async fn the_local_front_door_responds_as_recorded() {
    let list = RequestList::read().unwrap();
    let folder = TempDir::new().unwrap();
    let workspace = workspace(&list, folder.path());
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
    let issuer = TestIssuer::open(&development.url(), &keys).unwrap();
    let mut settings = Settings::ephemeral(Arc::clone(&development));
    settings.authorizer = Authorizer::Development {
        issuer: development,
        audience: vec![AUDIENCE.to_owned()],
    };
    let listener = settings.bind().await.unwrap();
    let server = Server::open(settings, listener, &workspace, &programs)
        .await
        .unwrap();

    let url = server.url();
    let responses = verify::send_all(&list, &url, &issuer).await.unwrap();
    server.close().await;

    assert!(verify::has_response(&responses));
    let file = verify::folder().join("local.json");
    // Not a snapshot of insta: `verify send` also reads this file, as plain JSON.
    if env::var_os("RECORD").is_some() {
        let record = json!({ "responses": responses });
        fs::write(&file, format!("{record:#}\n")).unwrap();
    }
    let recorded: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let recorded = recorded["responses"].as_object().unwrap();
    for request in &list.requests {
        let name = &request.name;
        assert_eq!(
            responses.get(name),
            recorded.get(name),
            "{name}; to accept this, run RECORD=1 cargo test -p verify"
        );
    }
    assert_eq!(recorded.len(), list.requests.len());
}

#[test]
fn every_request_names_a_row_of_fidelity_md() {
    let document = fs::read_to_string(verify::folder().join("../fidelity.md")).unwrap();
    let rows: BTreeSet<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .collect();

    let list = RequestList::read().unwrap();
    let mut names = BTreeSet::new();
    for request in &list.requests {
        let (name, settles) = (&request.name, request.settles.as_str());
        assert!(rows.contains(settles), "{name}: no row {settles}");
        assert!(names.insert(name), "duplicate name {name}");
        if let Some(token) = &request.token {
            assert!(
                list.tokens.contains_key(token),
                "{name}: unknown token {token}"
            );
        }
    }
}

#[test]
fn the_template_matches_the_request_list() {
    let file = verify::folder().join("../../scripts/verify/template.yaml");
    let template = fs::read_to_string(file).unwrap();
    let list = RequestList::read().unwrap();

    let in_template: BTreeSet<&str> = template
        .split("RouteKey: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let in_list: BTreeSet<&str> = list.routes.iter().map(|route| route.key.as_str()).collect();
    assert_eq!(in_template, in_list);
    for route in &list.routes {
        let scopes = route.scopes.as_deref().unwrap_or_default();
        if !scopes.is_empty() {
            let scopes = format!("AuthorizationScopes: {}", json!(scopes)).replace(',', ", ");
            assert!(template.contains(&scopes), "{scopes}");
        }
    }
    assert!(template.contains(&format!("AllowOrigins: [\"{}\"]", list.origin)));
    assert!(template.contains(&format!("Audience: [\"{AUDIENCE}\"]")));
}
