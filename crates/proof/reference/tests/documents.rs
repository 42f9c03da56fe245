//! The documents list what the code has.

use std::fs;

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
