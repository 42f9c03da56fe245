//! What the documents list is what the code has, and arrows between crates point one way.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use manifest::{Access, Function, Workspace};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .canonicalize()
        .expect("the workspace is three folders up")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn functions() -> Vec<Function> {
    Workspace::load(Some(&root().join("Cargo.toml")))
        .unwrap_or_else(|error| panic!("{error}"))
        .functions
}

/// The cells of the rows of a document's tables whose first cell begins with a backtick.
fn table_rows(document: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    })
    .collect()
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
fn the_readme_lists_every_route_and_no_other() {
    let readme = read("README.md");
    let listed: BTreeSet<String> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(str::to_owned)
        .collect();
    let declared: BTreeSet<String> = functions()
        .iter()
        .map(|function| {
            let access = match &function.access {
                Access::Public => "public".to_owned(),
                Access::Token { scopes } if scopes.is_empty() => "token".to_owned(),
                Access::Token { scopes } => scopes
                    .iter()
                    .map(|scope| format!("`{scope}`"))
                    .collect::<Vec<_>>()
                    .join(" or "),
                Access::Iam => "iam".to_owned(),
            };
            format!(
                "| `{}` | {access} | `{}` | {} |",
                function.route, function.name, function.description
            )
        })
        .collect();

    let missing: Vec<_> = declared.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&declared).collect();
    assert!(
        missing.is_empty(),
        "add to the route table of README.md:\n{missing:#?}"
    );
    assert!(
        stale.is_empty(),
        "no function declares these rows of README.md:\n{stale:#?}"
    );
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
        let route = format!("//! `{}`: ", function.route);
        assert!(
            main.starts_with(&route),
            "{}/src/main.rs begins with {route:?}",
            function.name
        );
        assert!(
            function.folder.join("src/tests.rs").exists(),
            "{} has src/tests.rs",
            function.name
        );
    }
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
fn arrows_between_crates_are_those_of_the_architecture() {
    let metadata = Command::new(std::env::var("CARGO").expect("cargo runs the test"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo prints JSON");
    let mut built_on: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let ours = package["dependencies"].as_array().unwrap().iter();
        let ours = ours
            .filter(|dependency| dependency["path"].is_string() && dependency["kind"].is_null());
        let names = ours
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect();
        built_on.insert(package["name"].as_str().unwrap().to_owned(), names);
    }
    for function in functions() {
        let names = built_on
            .remove(&function.name)
            .expect("cargo knows every function");
        for name in names {
            assert!(
                ["api", "domain", "store"].contains(&name.as_str()),
                "{} builds on {name}",
                function.name
            );
        }
    }

    let drawn = table_rows(&read("ARCHITECTURE.md")).into_iter().map(|row| {
        let names = row[1]
            .split(',')
            .map(|name| name.trim().trim_matches('`').to_owned());
        (
            row[0].trim_matches('`').to_owned(),
            names.filter(|name| !name.is_empty()).collect(),
        )
    });
    assert_eq!(
        drawn.collect::<BTreeMap<String, BTreeSet<String>>>(),
        built_on
    );
}

#[test]
fn the_front_door_knows_no_shop() {
    // "users" and "orders" are also what IAM and channels have.
    let words = ["product", "products", "sku", "email", "shop"];
    let mut files: Vec<PathBuf> = [
        "laptop/gateway",
        "laptop/lambda-host",
        "laptop/dynamodb-host",
        "laptop/local",
        "manifest",
    ]
    .iter()
    .map(|name| root().join("crates").join(name).join("src"))
    .collect();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for (at, line) in text.lines().enumerate() {
            let found = line
                .split(|c: char| !c.is_alphanumeric())
                .find(|word| words.contains(word));
            assert_eq!(found, None, "{}:{}: {line}", path.display(), at + 1);
        }
    }
}

#[test]
fn the_documents_list_every_problem() {
    let listed: BTreeSet<(String, String)> = table_rows(&read("docs/problems.md"))
        .into_iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), row[1].clone()))
        .collect();
    // Of the one match in problem.rs each `(404, "not-found", …)`, on one line or several.
    let source = read("crates/kit/api/src/problem.rs");
    let made: BTreeSet<(String, String)> = source
        .split('(')
        .filter_map(|call| {
            let (status, rest) = call.trim_start().split_once(',')?;
            status.parse::<u16>().ok()?;
            let kind = rest.trim_start().strip_prefix('"')?.split('"').next()?;
            Some((format!("/problems/{kind}"), status.to_owned()))
        })
        .collect();

    assert!(
        made.len() > 10,
        "the match in problem.rs is not found any more"
    );
    assert_eq!(listed, made);
}

#[test]
fn every_script_says_what_it_does() {
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let second = text.lines().nth(1).unwrap_or_default();
        assert!(
            second.starts_with("# ") || second.starts_with("\"\"\""),
            "{name} begins with what it does"
        );
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
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!run.status.success(), "{said}");
    assert!(said.ends_with("== tests\n"), "{said}");
}
