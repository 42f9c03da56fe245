//! Calls of the SDK's client, permitted and denied.

use std::{collections::HashMap, fmt::Debug};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        AttributeValue, BatchStatementRequest, ConditionCheck, Get, KeysAndAttributes,
        ParameterizedStatement, Put, PutRequest, ReturnValue, TransactGetItem, TransactWriteItem,
        WriteRequest,
    },
};
use dynamodb_host::DynamoDb;
use manifest::{
    Action::{
        self, BatchGetItem, BatchWriteItem, ConditionCheckItem, DescribeTable, GetItem, PutItem,
        Query, UpdateItem,
    },
    Permissions,
};

use crate::support::{self, client, id, put, refusal, start};

/// A client with these permissions only.
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
async fn a_denied_call_is_reported_to_the_observer() {
    let db = start().await;
    let (denials, denied) = std::sync::mpsc::channel();
    db.observe_denials(move |denial| denials.send(denial).unwrap());
    let client = permitted(&db, [("notes", &[GetItem])]);
    let trace_id = "Root=1-6a154bd3-0123456789abcdef01234567";

    for table in ["notes", "pages"] {
        let get = client.get_item().table_name(table).key("id", id("1"));
        let sent = get.customize().mutate_request(move |request| {
            request.headers_mut().insert("x-amzn-trace-id", trace_id);
        });
        sent.send().await.ok();
    }

    let denial = denied.try_recv().unwrap();
    assert_eq!(denial.function, "notes-get");
    assert_eq!(denial.action, "GetItem");
    assert_eq!(denial.resource.unwrap().to_string(), "pages");
    assert_eq!(denial.trace_id.as_deref(), Some(trace_id));
    assert!(denied.try_recv().is_err());
}

#[tokio::test]
async fn a_declared_action_is_permitted_and_another_denied() {
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
async fn return_values_need_no_action_of_their_own() {
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
async fn partiql_statements_are_denied() {
    let db = start().await;
    let function = permitted(&db, [("notes", &[GetItem, Query, PutItem, UpdateItem])]);

    for statement in [
        "SELECT * FROM notes",
        r#"SELECT "from", notes FROM pages"#,
        "SELECT v /* from notes */ FROM pages",
        "UPDATE /* notes */ pages SET v = 1 WHERE note = '1' AND number = 1",
        "INSERT /* into notes */ INTO pages VALUE {'note': '1', 'number': 1}",
        "DELETE /* from notes */ FROM pages WHERE note = '1' AND number = 1",
        r#"SELECT "from" FROM notes"#,
    ] {
        let single = function.execute_statement().statement(statement);
        assert_denied(single.send().await, "ExecuteStatement", "*");
        let in_batch = BatchStatementRequest::builder().statement(statement);
        let batch = function
            .batch_execute_statement()
            .statements(in_batch.build().unwrap());
        assert_denied(batch.send().await, "BatchExecuteStatement", "*");
        let in_transaction = ParameterizedStatement::builder().statement(statement);
        let transaction = function
            .execute_transaction()
            .transact_statements(in_transaction.build().unwrap());
        assert_denied(transaction.send().await, "ExecuteTransaction", "*");
    }
    let owner = client(&db, db.owner());
    let unsupported = owner.execute_statement().statement("SELECT * FROM notes");
    assert_eq!(
        refusal(unsupported.send().await).0,
        "UnknownOperationException"
    );
}

#[tokio::test]
async fn permissions_that_calls_used_are_recorded() {
    let db = start().await;
    let notes = [GetItem, PutItem, UpdateItem];
    let client = permitted(&db, [("notes", &notes), ("notes/by-author", &[Query])]);
    let get = client.get_item().table_name("notes").key("id", id("1"));
    let query = client
        .query()
        .table_name("notes")
        .index_name("by-author")
        .key_condition_expression("author = :author")
        .expression_attribute_values(":author", id("ada"));
    let denied = client.delete_item().table_name("notes").key("id", id("1"));
    let prevented = client.put_item().table_name("notes").item("id", id("1"));

    get.send().await.unwrap();
    query.send().await.unwrap();
    denied.send().await.unwrap_err();
    db.faults().set("error=1".parse().unwrap()).unwrap();
    prevented.send().await.unwrap_err();
    put(&support::client(&db, db.owner()), "2").await;

    let expected: Permissions = [("notes", [GetItem]), ("notes/by-author", [Query])]
        .into_iter()
        .collect();
    assert_eq!(db.permissions_used("notes-get"), expected);
    assert_eq!(db.permissions_used("notes-put"), Permissions::default());
}

#[tokio::test]
async fn only_the_owner_can_delete_a_table() {
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
    let mut unknown = db.owner();
    unknown.access_key_id = "ASIAQQQQQQQQQQQQQQQQ".to_owned();

    let refused = client(&db, unknown).list_tables().send().await;

    assert_eq!(refusal(refused).0, "UnrecognizedClientException");
}

#[tokio::test]
async fn credentials_are_valid_for_one_database() {
    let (one, other) = (start().await, start().await);

    let refused = client(&other, one.owner()).list_tables().send().await;

    assert_eq!(refusal(refused).0, "UnrecognizedClientException");
}

#[tokio::test]
async fn an_invalid_call_is_refused_in_dynamodbs_words() {
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
