//! Declared permissions are compared with the records of the tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

use manifest::{
    Action::{GetItem, Query, UpdateItem},
    Permissions,
};
use tempfile::TempDir;
use testkit::PermissionRecords;

/// A workspace with the table `notes` and one function.
fn workspace() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"shelf\", \"functions/*\"]\n",
    );
    write(
        "shelf/Cargo.toml",
        r#"
        [package]
        name = "shelf"
        [package.metadata.tables.notes]
        partition-key = "id"
        [package.metadata.tables.notes.indexes.by-author]
        partition-key = "author"
        "#,
    );
    write("shelf/src/lib.rs", "");
    write(
        "functions/notes-get/Cargo.toml",
        r#"[package]
name = "notes-get"
description = "Fetch one note."

[package.metadata.route]
method = "GET"
path = "/notes/{noteId}"
access = "public"

[package.metadata.route.tables]
notes = ["GetItem", "UpdateItem"]
"notes/by-author" = ["Query"]
"#,
    );
    write("functions/notes-get/src/main.rs", "fn main() {}");
    folder
}

fn record(workspace: &Path, used: Permissions) {
    let records = PermissionRecords::in_target_directory(&workspace.join("target"));
    records.add("notes-get", &used).unwrap();
}

fn unused(workspace: &Path) -> Vec<String> {
    let root = workspace.canonicalize().unwrap();
    let problems = reference::unused_permissions(&root, &root.join("target")).unwrap();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_declared_permission_that_no_test_used_is_named() {
    let workspace = workspace();

    record(
        workspace.path(),
        [("notes", [GetItem])].into_iter().collect(),
    );

    assert_eq!(
        unused(workspace.path()),
        [
            "functions/notes-get/Cargo.toml:11: package.metadata.route.tables.notes: \
             \"UpdateItem\" is declared, but no test used it; remove it or test it",
            "functions/notes-get/Cargo.toml:12: \
             package.metadata.route.tables.\"notes/by-author\": \"Query\" is declared, but no \
             test used it; remove it or test it",
        ]
    );
}

#[test]
fn permissions_that_tests_used_together_are_not_unused() {
    let workspace = workspace();

    for action in [GetItem, UpdateItem] {
        record(
            workspace.path(),
            [("notes", [action])].into_iter().collect(),
        );
    }
    record(
        workspace.path(),
        [("notes/by-author", [Query])].into_iter().collect(),
    );

    assert_eq!(unused(workspace.path()), [""; 0]);
}

#[test]
fn without_records_the_check_fails() {
    let workspace = workspace();

    let target_directory = workspace.path().join("target");
    let error = reference::unused_permissions(workspace.path(), &target_directory).unwrap_err();

    assert!(error.to_string().contains("run cargo test"), "{error}");
}
