//! The documents list what the code has.

use std::fs;

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
