//! Holds `docs/fidelity.md` to the code: every row of the acceptance table is there and has a test,
//! every test and every switch that the document names exists, and every test named after a fact of
//! the gateway is about a fact that the document has.

#![allow(
    clippy::unwrap_used,
    reason = "the helpers of tests may fail as tests do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One row of a table, its cells trimmed.
type Row = Vec<String>;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn document() -> String {
    fs::read_to_string(workspace().join("docs/fidelity.md")).unwrap()
}

/// The rows of the tables under a heading, without the tables' heads.
fn rows(document: &str, heading: &str) -> Vec<Row> {
    document
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| {
            line.split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .filter(|row: &Row| row[0] != "Row" && row[0] != "Fact")
        .collect()
}

/// All rows with a fact's number.
fn fact_rows(document: &str) -> Vec<Row> {
    document
        .lines()
        .filter(|line| line.starts_with("## ") && *line != "## Acceptance")
        .flat_map(|heading| rows(document, heading))
        .collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of tests in a text: lower-case words joined by at least three underscores.
fn tests_in(text: &str) -> Vec<&str> {
    quoted(text)
        .filter(|name| name.matches('_').count() >= 3)
        .filter(|name| {
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            name.chars().all(word)
        })
        .collect()
}

/// The names of all tests of a crate.
fn tests_of(krate: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let folder = workspace().join("crates").join(krate);
    for part in ["src", "tests"] {
        collect(&folder.join(part), &mut names);
    }
    names
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(tests_in_source(&fs::read_to_string(path).unwrap()));
        }
    }
}

/// The functions that follow an attribute `#[test]` or `#[tokio::test]`.
fn tests_in_source(source: &str) -> Vec<String> {
    let mut marked = false;
    let mut names = Vec::new();
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
            names.push(rest.split('(').next().unwrap_or_default().to_owned());
            marked = false;
        }
    }
    names
}

#[test]
fn every_row_of_the_acceptance_table_is_there_and_names_a_test_after_it() {
    let document = document();
    let rows = rows(&document, "## Acceptance");

    let numbers: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let expected: Vec<String> = (1..=19).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    for row in &rows {
        let prefix = format!("acceptance_row_{:0>2}_", row[0]);
        let tests = tests_in(&row[2]);
        assert!(!tests.is_empty(), "row {} names no test", row[0]);
        for test in tests {
            assert!(test.starts_with(&prefix), "row {}: {test}", row[0]);
        }
    }
}

#[test]
fn every_test_that_the_document_names_exists() {
    let mut existing = tests_of("gateway");
    existing.extend(tests_of("lambda-host"));
    existing.extend(tests_of("local"));

    let document = document();

    let missing: Vec<&str> = tests_in(&document)
        .into_iter()
        .filter(|name| !existing.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_switch_is_in_the_document_and_every_switch_there_exists() {
    let source = workspace().join("crates/laptop/gateway/src/switches.rs");
    let source = fs::read_to_string(source).unwrap();
    let existing: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub "))
        .filter_map(|field| field.split_once(": "))
        .map(|(name, _)| name)
        .collect();

    let document = document();
    let named: BTreeSet<&str> = quoted(&document)
        .filter_map(|name| name.strip_prefix("Switches::"))
        .collect();

    assert_eq!(named, existing);
}

#[test]
fn every_row_says_same_default_or_different_and_the_same_is_tested() {
    for row in fact_rows(&document()) {
        let [fact, _, known_by, here] = &row[..] else {
            panic!("a row of {} cells: {row:?}", row.len());
        };
        assert!(
            ["A", "B", "C", "D", "E"].contains(&known_by.as_str()),
            "{fact}: {known_by}"
        );
        let (word, _) = here.split_once(':').unwrap();
        match word {
            "Same" | "Default" => {
                let tested = !tests_in(here).is_empty() || here.contains("Switches::");
                assert!(tested, "{fact} names no test");
            }
            "Different" => {}
            other => panic!("{fact}: {other:?}"),
        }
    }
}

#[test]
fn every_fact_that_a_test_is_named_after_is_in_the_document() {
    let numbers: BTreeSet<String> = fact_rows(&document())
        .iter()
        .map(|row| number(&row[0]).replace('.', "_"))
        .collect();

    for test in tests_of("gateway") {
        let Some((_, rest)) = test.split_once("fact_") else {
            continue;
        };
        let digits: Vec<&str> = rest
            .split('_')
            .take_while(|part| part.parse::<u8>().is_ok())
            .collect();
        if digits.is_empty() {
            continue;
        }
        // The name may go on with a number that is not the fact's.
        let known = (2..=digits.len()).any(|length| numbers.contains(&digits[..length].join("_")));
        assert!(known, "{test} is about no fact of the document");
    }
}

#[test]
fn no_fact_is_left_out() {
    let document = document();
    let numbers: BTreeSet<String> = fact_rows(&document)
        .iter()
        .map(|row| number(&row[0]).to_owned())
        .collect();

    for (section, last) in [
        ("1", 21),
        ("2.2", 9),
        ("3", 16),
        ("5", 13),
        ("6", 7),
        ("7", 11),
    ] {
        for fact in 1..=last {
            let number = format!("{section}.{fact}");
            assert!(numbers.contains(&number), "{number} is left out");
        }
    }
    for trap in 1..=8 {
        assert!(
            document.contains(&format!("TRAP {trap}")),
            "TRAP {trap} is left out"
        );
    }
}

/// `8.1 account` is about fact 8.1.
fn number(cell: &str) -> &str {
    cell.split([' ', ',']).next().unwrap_or_default()
}
