//! Compares `docs/fidelity.md` with the code: every row of the acceptance table names a test, every
//! test that the document names exists, and no fact is left out.

#![allow(
    clippy::unwrap_used,
    reason = "the helpers of tests may fail as tests do"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, ItemFn, visit::Visit};

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
        .filter(|line| line.starts_with("## ") && !line.to_lowercase().ends_with("acceptance"))
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

/// The names of all tests of a crate, read by a Rust parser.
fn tests_of(krate: &str) -> BTreeSet<String> {
    let mut tests = Tests::default();
    let folder = workspace().join("crates").join(krate);
    for part in ["src", "tests"] {
        collect(&folder.join(part), &mut tests);
    }
    tests.0
}

fn collect(folder: &Path, tests: &mut Tests) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
            tests.visit_file(&file);
        }
    }
}

/// The functions with an attribute `#[test]` or `#[tokio::test]`.
#[derive(Default)]
struct Tests(BTreeSet<String>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let is_test = |attribute: &Attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "test")
        };
        if function.attrs.iter().any(is_test) {
            self.0.insert(function.sig.ident.to_string());
        }
    }
}

#[test]
fn every_acceptance_row_names_a_test() {
    let document = document();
    for (heading, count) in [("## Acceptance", 19), ("## REST acceptance", 32)] {
        let rows = rows(&document, heading);
        let numbers: Vec<u32> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
        let expected: Vec<u32> = (1..=count).collect();
        assert_eq!(numbers, expected, "{heading}");
        for row in &rows {
            assert!(
                !tests_in(&row[2]).is_empty(),
                "{heading}: row {} names no test",
                row[0]
            );
        }
    }
}

#[test]
fn every_test_that_the_document_names_exists() {
    let mut existing = tests_of("laptop/gateway");
    existing.extend(tests_of("laptop/dynamodb-host"));
    existing.extend(tests_of("laptop/lambda-host"));
    existing.extend(tests_of("laptop/front-door"));
    existing.extend(tests_of("laptop/local"));
    existing.extend(tests_of("proof/verify"));
    existing.extend(tests_of("kit/function"));
    existing.extend(tests_of("manifest"));

    let document = document();

    let missing: Vec<&str> = tests_in(&document)
        .into_iter()
        .filter(|name| !existing.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_row_says_same_default_or_different() {
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
                let tested = !tests_in(here).is_empty();
                assert!(tested, "{fact} names no test");
            }
            "Different" => {}
            other => panic!("{fact}: {other:?}"),
        }
    }
}

#[test]
fn no_fact_is_left_out() {
    let document = document();
    let numbers: BTreeSet<String> = fact_rows(&document)
        .iter()
        .flat_map(|row| numbers(&row[0]))
        .collect();

    for (section, last) in [
        ("1", 21),
        ("2.2", 9),
        ("3", 16),
        ("5", 13),
        ("6", 7),
        ("7", 11),
        ("10", 12),
        ("R1", 21),
        ("R2", 24),
        ("R3", 22),
        ("R4", 9),
        ("R5", 9),
        ("R6", 8),
        ("R7", 6),
        ("R8", 4),
        ("R9", 13),
        ("R10", 6),
    ] {
        for fact in 1..=last {
            let number = format!("{section}.{fact}");
            assert!(numbers.contains(&number), "{number} is left out");
        }
    }
    for topic in ["paths", "queries", "bodies", "claims"] {
        assert!(numbers.contains(topic), "{topic} is left out");
    }
}

/// `8.1 account` is about fact 8.1, and `R5.1 to R5.3` about three facts.
fn numbers(cell: &str) -> Vec<String> {
    let first = cell.split([' ', ',']).next().unwrap_or_default();
    let Some((_, last)) = cell.split_once(" to ") else {
        return vec![first.to_owned()];
    };
    let (section, from) = first.split_once('.').unwrap();
    let (_, to) = last.split_once('.').unwrap();
    let facts = from.parse::<u32>().unwrap()..=to.parse().unwrap();
    facts.map(|fact| format!("{section}.{fact}")).collect()
}
