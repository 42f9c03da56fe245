//! The borders between the wings of the workspace, and between the files of a crate.

#![allow(clippy::unwrap_used, reason = "tests")]

mod imports;
mod service;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use reference::{Member, members, root};

/// The wings that a wing may build on.
fn allowed(wing: &str) -> &'static [&'static str] {
    match wing {
        "kit" => &["kit"],
        service::WING => &[service::WING, "kit"],
        "functions" => &[service::WING, "kit"],
        "manifest" => &[],
        "laptop" => &["laptop", "manifest"],
        "proof" => &["proof", "laptop", "manifest", service::WING, "kit"],
        other => {
            panic!("{other} is not a wing of the workspace; add it here and to ARCHITECTURE.md")
        }
    }
}

/// Every import of `from` that crosses a border.
fn violations(crates: &[Member]) -> Vec<String> {
    let wings: BTreeMap<_, _> = crates
        .iter()
        .map(|member| (member.name.as_str(), member.wing.as_str()))
        .collect();
    let mut found = Vec::new();
    for member in crates {
        for dependency in &member.dependencies {
            let wing = wings[dependency.as_str()];
            if !allowed(&member.wing).contains(&wing) {
                found.push(format!(
                    "{} ({}) builds on {dependency} ({wing})",
                    member.name, member.wing
                ));
            }
        }
    }
    found
}

#[test]
fn wings_build_on_each_other_one_way() {
    assert_eq!(violations(&members(&root()).unwrap()), [""; 0]);
}

#[test]
fn a_kit_or_laptop_that_imports_the_service_is_found() {
    for wing in ["kit", "laptop"] {
        let member = |name: &str, wing: &str, dependencies: &[&str]| Member {
            name: name.to_owned(),
            description: String::new(),
            wing: wing.to_owned(),
            folder: PathBuf::new(),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        };
        let crates = [
            member("store", service::WING, &[]),
            member("tool", wing, &["store"]),
        ];

        let found = violations(&crates);

        let expected = format!("tool ({wing}) builds on store ({})", service::WING);
        assert_eq!(found, [expected]);
    }
}

#[test]
fn no_two_files_import_each_other() {
    let mut found = Vec::new();
    for member in members(&root()).unwrap() {
        let sources = imports::sources(&member.folder.join("src"));
        let circles = imports::circles(&imports::graph(&sources));
        found.extend(
            circles
                .into_iter()
                .map(|pair| format!("{}: {pair}", member.name)),
        );
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn two_files_that_import_each_other_are_found() {
    let source = |text: &str| text.to_owned();
    let sources = BTreeMap::from([
        (
            vec![],
            source("mod a; mod b; mod c; pub use b::Thing; pub use c::Part;"),
        ),
        (vec!["a".to_owned()], source("use crate::{Thing, c::Part};")),
        (
            vec!["b".to_owned()],
            source("pub struct Thing; fn f() { crate::a::g() }"),
        ),
        (vec!["c".to_owned()], source("pub struct Part;")),
    ]);

    let circles = imports::circles(&imports::graph(&sources));

    assert_eq!(circles, ["a and b"]);
}

#[test]
fn kit_laptop_and_manifest_have_no_word_of_the_service() {
    for member in members(&root()).unwrap() {
        if !["kit", "laptop", "manifest"].contains(&member.wing.as_str()) {
            continue;
        }
        for (file, text) in imports::files(&member.folder.join("src")) {
            for (at, line) in text.lines().enumerate() {
                let found = words_in(line, service::WORDS);
                assert_eq!(found, [""; 0], "{}:{}: {line}", file.display(), at + 1);
            }
        }
    }
}

#[test]
fn a_word_is_found_in_any_spelling() {
    for line in [
        "struct NewNote;",
        "let note = 1;",
        "// the note of",
        "by_note()",
    ] {
        assert_eq!(words_in(line, &["note"]).len(), 1, "{line}");
    }
}

/// Those of `searched` that a line has.
fn words_in(line: &str, searched: &[&str]) -> Vec<String> {
    let mut spaced = String::new();
    for c in line.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase());
    }
    let words = spaced.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| searched.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn file_names_mean_one_thing() {
    // What a file of this name has in every crate.
    let shared = ["lib.rs", "main.rs", "mod.rs", "error.rs", "tests.rs"];
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for member in members(&root()).unwrap() {
        if member.wing == "functions" {
            continue;
        }
        for (file, _) in imports::files(&member.folder.join("src")) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !shared.contains(&name.as_str()) {
                places
                    .entry(name)
                    .or_default()
                    .insert(file.display().to_string());
            }
        }
    }
    let found: Vec<_> = places
        .into_iter()
        .filter(|(_, files)| files.len() > 1)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_readme_of_a_crate_is_its_front_page() {
    for member in members(&root()).unwrap() {
        let library = member.folder.join("src/lib.rs");
        if let Ok(text) = fs::read_to_string(library) {
            let front = "#![doc = include_str!(\"../README.md\")]";
            assert!(text.starts_with(front), "{}", member.name);
        }
    }
}
