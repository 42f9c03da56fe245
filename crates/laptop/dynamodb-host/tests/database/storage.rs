//! Tables and files.

use std::collections::BTreeMap;

use dynamodb_host::{DynamoDb, Error, Storage};

use crate::support::{client, id, put, start, tables};

#[tokio::test]
async fn tables_are_created_as_declared() {
    let db = start().await;
    let client = client(&db, db.owner());

    let described = client.describe_table().table_name("notes").send().await;
    let expiry = client
        .describe_time_to_live()
        .table_name("notes")
        .send()
        .await;

    let table = described.unwrap().table.unwrap();
    assert_eq!(table.key_schema()[0].attribute_name(), "id");
    let index = &table.global_secondary_indexes()[0];
    assert_eq!(index.index_name(), Some("by-author"));
    assert_eq!(index.key_schema()[1].attribute_name(), "id");
    let expiry = expiry.unwrap().time_to_live_description.unwrap();
    assert_eq!(expiry.attribute_name(), Some("expiresAt"));
    db.stop().await;
}

#[tokio::test]
async fn items_in_a_file_survive_a_stop() {
    let folder = tempfile::TempDir::new().unwrap();
    let storage = Storage::File(folder.path().join("deep/dynamodb.sqlite"));

    let db = DynamoDb::start(storage.clone(), &tables()).await.unwrap();
    put(&client(&db, db.owner()), "1").await;
    db.stop().await;
    let db = DynamoDb::start(storage, &tables()).await.unwrap();

    let client = client(&db, db.owner());
    let got = client
        .get_item()
        .table_name("notes")
        .key("id", id("1"))
        .send()
        .await;
    assert!(got.unwrap().item.is_some());
}

#[tokio::test]
async fn a_file_is_used_by_one_database_at_a_time() {
    let folder = tempfile::TempDir::new().unwrap();
    let storage = Storage::File(folder.path().join("dynamodb.sqlite"));
    let first = DynamoDb::start(storage.clone(), &tables()).await.unwrap();

    let second = DynamoDb::start(storage.clone(), &tables()).await;
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    first.stop().await;
    DynamoDb::start(storage, &tables()).await.unwrap();
}

#[tokio::test]
async fn a_new_index_is_added_to_a_table_that_has_items() {
    let folder = tempfile::TempDir::new().unwrap();
    let storage = Storage::File(folder.path().join("dynamodb.sqlite"));
    let mut before = tables();
    before.get_mut("notes").unwrap().indexes.clear();
    before.get_mut("notes").unwrap().time_to_live = None;
    let db = DynamoDb::start(storage.clone(), &before).await.unwrap();
    put(&client(&db, db.owner()), "1").await;
    db.stop().await;

    let db = DynamoDb::start(storage, &tables()).await.unwrap();

    let client = client(&db, db.owner());
    let scanned = client
        .scan()
        .table_name("notes")
        .index_name("by-author")
        .send()
        .await;
    assert_eq!(scanned.unwrap().count(), 1);
    let expiry = client
        .describe_time_to_live()
        .table_name("notes")
        .send()
        .await;
    let expiry = expiry.unwrap().time_to_live_description.unwrap();
    assert_eq!(expiry.attribute_name(), Some("expiresAt"));
}

#[tokio::test]
async fn a_table_can_be_declared_while_the_database_runs() {
    let db = DynamoDb::start(Storage::Memory, &BTreeMap::new())
        .await
        .unwrap();

    db.declare(&tables()).await.unwrap();

    put(&client(&db, db.owner()), "1").await;
}

#[tokio::test]
async fn changed_keys_are_refused_with_the_tables_name() {
    let folder = tempfile::TempDir::new().unwrap();
    let storage = Storage::File(folder.path().join("dynamodb.sqlite"));
    DynamoDb::start(storage.clone(), &tables())
        .await
        .unwrap()
        .stop()
        .await;
    let mut after = tables();
    after.get_mut("pages").unwrap().sort_key = None;

    let refused = DynamoDb::start(storage, &after).await.unwrap_err();

    assert!(refused.to_string().contains("\"pages\""), "{refused}");
    assert!(
        refused.to_string().contains("the table's own keys"),
        "{refused}"
    );
}
