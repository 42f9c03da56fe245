//! What the real SDK client sees.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        AttributeValue, BatchStatementRequest, ConditionCheck, Get, KeysAndAttributes, Put,
        PutRequest, ReturnValue, TransactGetItem, TransactWriteItem, WriteRequest,
    },
};
use dynamodb_host::{DynamoDb, Error, Storage};
use manifest::{
    Action::{
        self, BatchGetItem, BatchWriteItem, ConditionCheckItem, DescribeTable, GetItem, PutItem,
        Query, UpdateItem,
    },
    Permissions,
};

use support::{client, id, put, refusal, start, tables};

/// A client that may perform `permissions` and nothing else.
fn permitted<const N: usize>(db: &DynamoDb, permissions: [(&str, &[Action]); N]) -> Client {
    let permissions: Permissions = permissions
        .into_iter()
        .map(|(resource, actions)| (resource, actions.iter().copied()))
        .collect();
    client(db, db.admit("notes-get", &permissions))
}

fn assert_denied<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
    action: &str,
    resource: &str,
) {
    let (code, message) = refusal(result);
    assert_eq!(code, "AccessDeniedException", "{message}");
    assert_eq!(
        message,
        format!(
            "User: arn:aws:sts::000000000000:assumed-role/notes-get/notes-get is not authorized to \
             perform: dynamodb:{action} on resource: \
             arn:aws:dynamodb:eu-central-1:000000000000:{resource} because no identity-based \
             policy allows the dynamodb:{action} action"
        )
    );
}

#[tokio::test]
async fn the_tables_are_made_as_declared() {
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
async fn a_declared_action_works_and_its_neighbour_is_denied() {
    let db = start().await;
    put(&client(&db, db.owner()), "1").await;
    let client = permitted(&db, [("notes", &[GetItem])]);

    let got = client
        .get_item()
        .table_name("notes")
        .key("id", id("1"))
        .send()
        .await;
    let denied = client
        .put_item()
        .table_name("notes")
        .item("id", id("2"))
        .send()
        .await;

    assert_eq!(got.unwrap().item.unwrap()["author"], id("ada"));
    assert_denied(denied, "PutItem", "table/notes");
}

#[tokio::test]
async fn another_table_is_denied_whether_it_exists_or_not() {
    let db = start().await;
    let client = permitted(&db, [("notes", &[GetItem])]);

    for table in ["pages", "nowhere"] {
        let denied = client
            .get_item()
            .table_name(table)
            .key("id", id("1"))
            .send()
            .await;
        assert_denied(denied, "GetItem", &format!("table/{table}"));
    }
}

#[tokio::test]
async fn return_values_need_no_further_action() {
    let db = start().await;
    let client = permitted(&db, [("notes", &[UpdateItem])]);

    let updated = client
        .update_item()
        .table_name("notes")
        .key("id", id("1"))
        .update_expression("SET author = :author")
        .expression_attribute_values(":author", id("ada"))
        .return_values(ReturnValue::AllNew)
        .send()
        .await;

    assert_eq!(updated.unwrap().attributes.unwrap()["author"], id("ada"));
}

#[tokio::test]
async fn an_index_needs_a_declaration_of_its_own() {
    let db = start().await;
    put(&client(&db, db.owner()), "1").await;
    let query = |client: Client, index: Option<&str>| {
        client
            .query()
            .table_name("notes")
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("author = :author")
            .expression_attribute_values(":author", id("ada"))
            .send()
    };
    let of_table = permitted(&db, [("notes", &[Query])]);
    let of_index = permitted(&db, [("notes/by-author", &[Query])]);

    let found = query(of_index.clone(), Some("by-author")).await;
    assert_eq!(found.unwrap().count(), 1);
    let denied = query(of_table, Some("by-author")).await;
    assert_denied(denied, "Query", "table/notes/index/by-author");
    assert_denied(query(of_index, None).await, "Query", "table/notes");
}

#[tokio::test]
async fn a_transaction_needs_the_action_of_each_item() {
    let db = start().await;
    put(&client(&db, db.owner()), "1").await;
    let write = |client: &Client| {
        let check = ConditionCheck::builder()
            .table_name("notes")
            .key("id", id("1"))
            .condition_expression("attribute_exists(id)");
        let page = Put::builder()
            .table_name("pages")
            .item("note", id("1"))
            .item("number", AttributeValue::N("1".to_owned()));
        client
            .transact_write_items()
            .transact_items(
                TransactWriteItem::builder()
                    .condition_check(check.build().unwrap())
                    .build(),
            )
            .transact_items(
                TransactWriteItem::builder()
                    .put(page.build().unwrap())
                    .build(),
            )
            .send()
    };

    let whole = permitted(
        &db,
        [("notes", &[ConditionCheckItem]), ("pages", &[PutItem])],
    );
    write(&whole).await.unwrap();
    let half = permitted(&db, [("notes", &[GetItem, PutItem]), ("pages", &[PutItem])]);
    assert_denied(write(&half).await, "ConditionCheckItem", "table/notes");
    let other = permitted(&db, [("notes", &[ConditionCheckItem])]);
    assert_denied(write(&other).await, "PutItem", "table/pages");
}

#[tokio::test]
async fn a_reading_transaction_needs_get_item() {
    let db = start().await;
    let read = |client: &Client| {
        let get = Get::builder()
            .table_name("notes")
            .key("id", id("1"))
            .build()
            .unwrap();
        client
            .transact_get_items()
            .transact_items(TransactGetItem::builder().get(get).build())
            .send()
    };

    read(&permitted(&db, [("notes", &[GetItem])]))
        .await
        .unwrap();
    let denied = read(&permitted(&db, [("notes", &[BatchGetItem])])).await;

    assert_denied(denied, "GetItem", "table/notes");
}

#[tokio::test]
async fn a_batch_needs_its_own_action_on_every_table() {
    let db = start().await;
    let client = permitted(
        &db,
        [
            ("notes", &[BatchGetItem, BatchWriteItem]),
            ("pages", &[GetItem, PutItem]),
        ],
    );
    let keys = KeysAndAttributes::builder().keys(HashMap::from([("id".to_owned(), id("1"))]));
    let keys = keys.build().unwrap();
    let item = PutRequest::builder().item("note", id("1")).build().unwrap();
    let item = WriteRequest::builder().put_request(item).build();

    let got = client
        .batch_get_item()
        .request_items("notes", keys.clone())
        .send()
        .await;
    got.unwrap();
    let both = client.batch_get_item().request_items("notes", keys.clone());
    assert_denied(
        both.request_items("pages", keys).send().await,
        "BatchGetItem",
        "table/pages",
    );
    let written = client
        .batch_write_item()
        .request_items("pages", vec![item])
        .send()
        .await;
    assert_denied(written, "BatchWriteItem", "table/pages");
}

#[tokio::test]
async fn partiql_is_denied() {
    let db = start().await;
    let function = permitted(&db, [("notes", &[GetItem, Query, PutItem])]);

    let select = "SELECT * FROM notes WHERE id = '1'";
    let single = function.execute_statement().statement(select).send().await;
    let statement = BatchStatementRequest::builder().statement(select);
    let batch = function
        .batch_execute_statement()
        .statements(statement.build().unwrap())
        .send()
        .await;

    assert_denied(single, "PartiQLSelect", "*");
    assert_denied(batch, "PartiQLSelect", "*");
}

#[tokio::test]
async fn the_tables_themselves_are_the_owners() {
    let db = start().await;
    let function = permitted(&db, [("notes", &[DescribeTable])]);

    function
        .describe_table()
        .table_name("notes")
        .send()
        .await
        .unwrap();
    let denied = function.delete_table().table_name("notes").send().await;
    assert_denied(denied, "DeleteTable", "*");
    let owner = client(&db, db.owner());
    owner
        .delete_table()
        .table_name("notes")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unknown_access_key_is_not_recognized() {
    let db = start().await;
    let mut stranger = db.owner();
    stranger.access_key_id = "ASIAQQQQQQQQQQQQQQQQ".to_owned();

    let refused = client(&db, stranger).list_tables().send().await;

    assert_eq!(refusal(refused).0, "UnrecognizedClientException");
}

#[tokio::test]
async fn credentials_are_good_for_one_database() {
    let (one, other) = (start().await, start().await);

    let refused = client(&other, one.owner()).list_tables().send().await;

    assert_eq!(refusal(refused).0, "UnrecognizedClientException");
}

#[tokio::test]
async fn what_the_engine_refuses_keeps_its_own_words() {
    let db = start().await;
    let client = permitted(&db, [("notes", &[PutItem])]);

    let refused = client
        .put_item()
        .table_name("notes")
        .item("author", id("ada"))
        .send()
        .await;

    let (code, message) = refusal(refused);
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("Missing the key id in the item"),
        "{message}"
    );
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
async fn a_table_can_be_declared_while_it_serves() {
    let db = DynamoDb::start(Storage::Memory, &BTreeMap::new())
        .await
        .unwrap();

    db.declare(&tables()).await.unwrap();

    put(&client(&db, db.owner()), "1").await;
}

#[tokio::test]
async fn keys_that_changed_are_refused_by_name() {
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
