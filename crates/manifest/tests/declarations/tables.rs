//! Tables.

use manifest::AttributeType;

use crate::sample::Sample;

#[test]
fn a_table_has_keys_indexes_and_a_time_to_live() {
    let workspace = Sample::new().load().unwrap();

    let notes = &workspace.tables["notes"];
    assert_eq!(notes.partition_key.name, "id");
    assert_eq!(notes.time_to_live.as_deref(), Some("expiresAt"));
    let by_author = &notes.indexes["by-author"];
    assert_eq!(by_author.partition_key.kind, AttributeType::S);
    assert_eq!(by_author.sort_key.as_ref().unwrap().kind, AttributeType::N);
}

#[test]
fn tables_are_declared_in_one_member() {
    let sample = Sample::new();
    sample.package(
        "crates/more",
        "[package.metadata.tables.things]\npartition-key = \"id\"\n",
    );

    let error = sample.load().unwrap_err();

    assert!(
        error
            .to_string()
            .contains("the tables are already declared by the package"),
        "{error}"
    );
}

#[test]
fn a_wrong_table_is_refused() {
    let cases = [
        (
            "sort-key = \"id\"",
            "tables.things.partition-key: is missing",
        ),
        (
            "partition-key = { name = \"id\", type = \"S\", kind = 1 }",
            "partition-key.kind: unknown field",
        ),
        (
            "partition-key = { name = \"id\", type = \"X\" }",
            "partition-key.type: must be \"S\", \"N\" or \"B\"",
        ),
        (
            "partition-key = \"id\"\npartition = 3",
            "things.partition: unknown field; did you mean \"partition-key\"?",
        ),
        (
            "partition-key = \"id\"\nindexes.by-id = { partition-key = { name = \"id\", type = \"N\" } }",
            "things: the attribute \"id\" has two types",
        ),
        (
            "partition-key = \"id\"\nindexes.By_Id = { partition-key = \"id\" }",
            "indexes.By_Id: a name has 3 to 255",
        ),
    ];
    for (declared, expected) in cases {
        let sample = Sample::new();
        let table = format!("[package.metadata.tables.things]\n{declared}\n");
        sample.package("crates/shelf", &table);

        let error = sample.load().unwrap_err();

        assert_eq!(error.problems().len(), 1, "{declared}: {error}");
        assert!(error.to_string().contains(expected), "{declared}: {error}");
    }
}

#[test]
fn a_table_has_an_environment_variable() {
    assert_eq!(
        manifest::environment_variable("lost-and-found"),
        "TABLE_LOST_AND_FOUND"
    );
}
