//! Reading workspaces, and refusing wrong declarations.

#![allow(clippy::unwrap_used, reason = "tests")]

mod apis;
mod authorizers;
mod cors;
mod environment;
mod fields;
mod mapping;
mod plans;
mod sample;
mod tables;
mod validation;

use std::time::Duration;

use manifest::{Access, Action, Function, PayloadFormat, Route, Workspace};

use sample::{Sample, http};

#[test]
fn a_function_has_its_declared_values_and_the_defaults() {
    let sample = Sample::new();
    sample.function(
        "notes-get",
        r#"
        method = "GET"
        path = "/notes/{noteId}"
        access = { scopes = ["notes:read", "notes:admin"] }
        tables = { notes = ["GetItem", "PutItem"], "notes/by-author" = ["Query"] }
        timeout = 5
        throttle = { rate = 20, burst = 4 }
        reserved-concurrency = 10
        payload-format = "1.0"
        [dependencies]
        shelf.workspace = true
        "#,
    );

    let workspace = sample.load().unwrap();

    let function = workspace.function("notes-get").unwrap();
    assert_eq!(function.description, "About notes-get.");
    let http = http(function);
    assert_eq!(http.route.to_string(), "GET /notes/{noteId}");
    let scopes = vec!["notes:read".to_owned(), "notes:admin".to_owned()];
    assert_eq!(http.access, Access::Token { scopes });
    assert!(function.permissions.allow(Action::PutItem, &"notes".into()));
    assert!(
        function
            .permissions
            .allow(Action::Query, &"notes/by-author".into())
    );
    assert!(!function.permissions.allow(Action::Query, &"notes".into()));
    assert_eq!(function.memory, 256);
    assert_eq!(function.timeout, Duration::from_secs(5));
    assert_eq!(http.throttle.unwrap().burst, 4);
    assert_eq!(function.reserved_concurrency, Some(10));
    assert_eq!(http.payload_format, PayloadFormat::V1);
    assert_eq!(
        function.local_dependencies,
        [sample.path("crates/paper"), sample.path("crates/shelf")]
    );
    assert_eq!(function.folder, sample.path("functions/notes-get"));
}

#[test]
fn a_route_key_is_parsed_and_printed() {
    for key in ["GET /", "ANY /notes/{noteId}/{rest+}", "$default"] {
        assert_eq!(key.parse::<Route>().unwrap().to_string(), key);
    }
    for (key, expected) in [
        (
            "GET",
            "invalid route \"GET\": it must be a method and a path",
        ),
        ("GETT /", "unknown method \"GETT\"; did you mean \"GET\"?"),
        ("GET notes", "the path must start with \"/\""),
    ] {
        let message = key.parse::<Route>().unwrap_err().to_string();
        assert!(message.contains(expected), "{key}: {message}");
    }
}

#[test]
fn a_function_read_alone_is_the_same() {
    let sample = Sample::new();
    sample.function(
        "notes-get",
        "method = \"GET\"\npath = \"/notes\"\naccess = \"token\"\ntables.notes = [\"Scan\"]\n\
         [dependencies]\nshelf.workspace = true\n",
    );
    sample.function("rest", "path = \"$default\"\naccess = \"public\"\n");

    let workspace = sample.load().unwrap();

    assert_eq!(workspace.functions.len(), 2);
    assert_eq!(
        http(workspace.function("rest").unwrap()).route,
        Route::Default
    );
    for function in &workspace.functions {
        assert_eq!(&Function::read(&function.manifest_path).unwrap(), function);
        let root = manifest::find_root(Some(&function.manifest_path)).unwrap();
        assert_eq!(root, workspace.root);
        let tables = manifest::read_tables(&function.manifest_path).unwrap();
        assert_eq!(tables, workspace.tables);
    }
}

/// Returns the example in `readme` that begins with this table, up to its end.
fn block<'a>(readme: &'a str, table: &str) -> &'a str {
    let begin = readme.find(&format!("\n{table}")).unwrap();
    readme[begin..].split("```").next().unwrap()
}

#[test]
fn the_description_has_the_documented_format() {
    let readme = include_str!("../../README.md");
    let sample = Sample::declaring(block(readme, "[workspace.metadata.cors]"));
    sample.function(
        "notes-get",
        r#"
        method = "GET"
        path = "/notes/{noteId}"
        access = { scopes = ["notes:read"] }
        tables = { notes = ["GetItem"], "notes/by-author" = ["Query"] }
        timeout = 5
        [package.metadata.route.environment]
        LOG_LEVEL = "info"
        PAGE_LIMIT = { parameter = "/notes/page-limit" }
        API_KEY = { secret = "notes/api-key" }
        "#,
    );
    let path = "functions/notes-get/Cargo.toml";
    let function = std::fs::read_to_string(sample.path(path)).unwrap();
    let mapping = block(readme, "[package.metadata.route.mapping.request]");
    sample.write(path, &format!("{function}{mapping}"));
    sample.package(
        "functions/doorkeeper",
        block(readme, "[package.metadata.authorizer]\n"),
    );
    let example = readme.split("```json\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let documented: serde_json::Value = serde_json::from_str(example).unwrap();

    let workspace = sample.load().unwrap();
    let description = workspace.describe(manifest::ApiKind::Http).unwrap();
    let described = serde_json::to_string(&description).unwrap();

    let folder = sample.path("").display().to_string();
    let described = described.replace(&folder, "/workspace/");
    let mut described: serde_json::Value = serde_json::from_str(&described).unwrap();
    described["root"] = "/workspace".into();
    assert_eq!(described, documented);
}

#[test]
fn functions_without_a_route_are_listed() {
    let sample = Sample::new();
    sample.package("functions/queue-worker", "");
    let dependency = "[dependencies]\nlambda_runtime = \"1\"\n";
    sample.package("functions/nightly", dependency);
    sample.package("workers/stream", dependency);
    sample.write("workers/stream/src/main.rs", "fn main() {}\n");
    std::fs::remove_file(sample.path("workers/stream/src/lib.rs")).unwrap();
    // A library, and a tool that has one, are not functions.
    sample.package("tools/probe", dependency);
    sample.write("tools/probe/src/main.rs", "fn main() {}\n");

    let workspace = sample.load().unwrap();

    assert_eq!(
        workspace.without_route,
        ["nightly", "queue-worker", "stream"]
    );
    assert!(workspace.functions.is_empty());
}

#[test]
fn folder_package_and_binary_may_have_different_names() {
    let sample = Sample::new();
    let route = "[package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n";
    let binary = "[[bin]]\nname = \"bootstrap\"\npath = \"src/main.rs\"\n";
    sample.package("functions/get", &format!("{route}{binary}"));
    let text = std::fs::read_to_string(sample.path("functions/get/Cargo.toml")).unwrap();
    sample.write(
        "functions/get/Cargo.toml",
        &text.replacen("\"get\"", "\"get_note\"", 1),
    );

    let workspace = sample.load().unwrap();

    let function = &workspace.functions[0];
    assert_eq!(function.name, "get-note");
    assert_eq!(function.package, "get_note");
    assert_eq!(function.binary, "bootstrap");
}

#[test]
fn of_several_binaries_the_function_has_the_name_of_the_package() {
    let sample = Sample::new();
    let route = "[package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n";
    let binary = |name| format!("[[bin]]\nname = {name:?}\npath = \"src/main.rs\"\n");
    let two = |first| format!("{route}{}{}", binary(first), binary("tool"));

    sample.package("functions/notes-get", &two("notes-get"));
    assert_eq!(sample.load().unwrap().functions[0].binary, "notes-get");

    sample.package("functions/notes-get", &two("fetch"));
    let refusal = sample.refusal("notes-get");
    assert!(
        refusal.contains("make a package for each other function"),
        "{refusal}"
    );
}

#[test]
fn a_package_can_be_the_whole_workspace() {
    let sample = Sample::new();
    sample.write(
        "alone/Cargo.toml",
        "[package]\nname = \"alone\"\ndescription = \"Alone.\"\nedition = \"2024\"\n[workspace]\n\
         [package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n",
    );
    sample.write("alone/src/main.rs", "fn main() {}\n");

    let workspace = Workspace::load(Some(&sample.path("alone/Cargo.toml"))).unwrap();

    assert_eq!(workspace.root, sample.path("alone"));
    assert_eq!(workspace.functions[0].name, "alone");
}

#[test]
fn two_functions_with_one_route_are_refused() {
    let sample = Sample::new();
    let route = |path: &str| format!("method = \"GET\"\npath = {path:?}\naccess = \"public\"\n");
    sample.function("notes-get", &route("/notes/{noteId}"));
    sample.function("things-get", &route("/notes/{thing}"));
    sample.function("rest-get", &route("/notes/{thing+}"));

    let error = sample.load().unwrap_err();

    assert_eq!(error.problems().len(), 1, "{error}");
    let problem = &error.problems()[0];
    assert!(problem.file.ends_with("functions/things-get/Cargo.toml"));
    assert!(
        problem.message.contains("already the route of notes-get"),
        "{problem}"
    );
}
