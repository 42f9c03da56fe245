//! The documents list what the code has.

use std::{collections::BTreeSet, fs};

#[test]
fn openapi_json_is_up_to_date() {
    let root = reference::root();

    let generated = reference::openapi(&root).unwrap_or_else(|error| panic!("{error}"));

    let document = fs::read_to_string(root.join("openapi.json")).unwrap_or_default();
    assert!(
        document == generated,
        "openapi.json is out of date; run: cargo run -q -p reference"
    );
}

#[test]
fn every_generated_part_is_up_to_date() {
    let root = reference::root();

    for part in reference::parts(&root).unwrap_or_else(|error| panic!("{error}")) {
        let document = fs::read_to_string(root.join(part.file)).unwrap();
        let generated = part.insert_into(&document).unwrap();
        assert!(
            document == generated,
            "{} is out of date; run: cargo run -q -p reference",
            part.file
        );
    }
}

#[test]
fn the_front_page_of_docs_lists_every_document() {
    let docs = reference::root().join("docs");
    let documents: BTreeSet<_> = fs::read_dir(&docs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md" && !name.ends_with(".svg"))
        .collect();

    let page = fs::read_to_string(docs.join("README.md")).unwrap();

    let links = page.split("](").skip(1);
    let links = links.filter_map(|rest| rest.split(')').next());
    let listed: BTreeSet<_> = links
        .filter(|link| !link.starts_with("../"))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, documents);
}
