//! Rules of the repository: names, dependencies, scripts.

use std::{env, fs, os::unix::fs::PermissionsExt, process::Command};

use manifest::{Function, Trigger, Workspace, literal_secret};
use reference::root;
use serde_json::Value;

fn functions() -> Vec<Function> {
    Workspace::load(Some(&root().join("Cargo.toml")))
        .unwrap_or_else(|error| panic!("{error}"))
        .functions
}

fn cargo_tree(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").expect("cargo runs the test");
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--prefix", "none", "--edges", "normal"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo tree prints UTF-8")
}

#[test]
fn every_function_has_one_name_and_begins_with_its_route() {
    for function in functions() {
        let folder = function.folder.file_name().and_then(|name| name.to_str());
        assert_eq!(folder, Some(function.name.as_str()), "folder and package");
        let manifest = fs::read_to_string(&function.manifest_path).unwrap();
        assert!(
            !manifest.contains("[[bin]]"),
            "{}: the binary is named as the package",
            function.name
        );
        let main = fs::read_to_string(function.folder.join("src/main.rs")).unwrap();
        if let Trigger::Http(http) = &function.trigger {
            let route = format!("//! `{}`: ", http.route);
            assert!(
                main.starts_with(&route),
                "{}/src/main.rs begins with {route:?}",
                function.name
            );
        }
        assert!(
            function.folder.join("src/tests.rs").exists(),
            "{} has src/tests.rs",
            function.name
        );
    }
}

/// `manifest` refuses such values in declarations.
#[test]
fn no_variable_in_cdk_json_looks_like_a_secret() {
    let file = fs::read_to_string(root().join("cdk/cdk.json")).unwrap();
    let settings: Value = serde_json::from_str(&file).unwrap();
    let environments = settings["context"]["environments"].as_object().unwrap();
    for (environment, settings) in environments {
        let functions = settings["environment"].as_object().into_iter().flatten();
        let variables = functions.filter_map(|(_, variables)| variables.as_object());
        for (name, value) in variables.flatten() {
            let found = value.as_str().and_then(|text| literal_secret(name, text));
            assert_eq!(found, None, "{name} of the environment {environment}");
        }
    }
}

#[test]
fn every_function_declares_a_route() {
    let workspace = Workspace::load(Some(&root().join("Cargo.toml")));
    let without_route = workspace
        .unwrap_or_else(|error| panic!("{error}"))
        .without_route;
    assert!(without_route.is_empty(), "{without_route:?}");
}

#[test]
fn the_domain_knows_neither_aws_nor_http() {
    let tree = cargo_tree(&["--package", "domain"]);

    for line in tree.lines() {
        let foreign = ["aws-", "aws_", "lambda", "http", "hyper", "tokio"]
            .iter()
            .any(|name| line.starts_with(name));
        assert!(!foreign, "domain builds on {line}");
    }
}

#[test]
fn no_function_takes_the_sdks_heavy_defaults() {
    let names: Vec<_> = functions()
        .into_iter()
        .flat_map(|function| ["--package".to_owned(), function.name])
        .collect();
    let tree = cargo_tree(&names.iter().map(String::as_str).collect::<Vec<_>>());

    for heavy in [
        "aws-lc-rs ",
        "aws-lc-sys ",
        "aws-config ",
        "hyper v0.",
        "rustls v0.21",
        "h2 v0.3",
        "tracing-subscriber ",
        "regex ",
    ] {
        let found = tree.lines().find(|line| line.starts_with(heavy));
        assert_eq!(found, None, "see [workspace.dependencies] in Cargo.toml");
    }
}

#[test]
fn every_script_says_what_it_does() {
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let described = text
            .lines()
            .take(2)
            .any(|line| line.starts_with("# ") || line.starts_with("\"\"\""));
        assert!(described, "{name} begins with what it does");
        assert!(
            !name.ends_with(".sh") || text.contains("\nset -euo pipefail\n"),
            "{name} stops at the first error"
        );
    }
}

#[test]
fn the_test_script_stops_at_the_first_step_that_fails() {
    let programs = tempfile::tempdir().unwrap();
    for (name, does) in [
        ("cargo", "[ \"$1\" != test ]"),
        ("node", "false"),
        ("npm", "false"),
        ("python3", "false"),
    ] {
        let program = programs.path().join(name);
        fs::write(&program, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!(
        "{}:{}",
        programs.path().display(),
        env::var("PATH").unwrap_or_default()
    );

    let run = Command::new(root().join("scripts/test.sh"))
        .env("PATH", path)
        // The script clears the records of used permissions there.
        .env("CARGO_TARGET_DIR", programs.path())
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!run.status.success(), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("== tests ("), "{said}");
}
