//! Injected faults, as the SDK's client receives them, and `/_faults`.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{
    Client,
    config::retry::RetryConfig,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use dynamodb_host::{DynamoDb, FaultSettings};
use manifest::{
    Action::{GetItem, PutItem, Query},
    Permissions,
};
use serde_json::json;

use crate::support::{client, id, put, refusal, send, start};

/// A database with these faults, and a client that reads and writes notes without retries.
async fn faulty(settings: &str) -> (DynamoDb, Client) {
    let db = start().await;
    db.faults().set(settings.parse().unwrap()).unwrap();
    let permissions: Permissions = [
        ("notes", &[GetItem, PutItem][..]),
        ("notes/by-author", &[Query]),
    ]
    .into_iter()
    .map(|(resource, actions)| (resource, actions.iter().copied()))
    .collect();
    let function = client(&db, db.admit("notes-put", &permissions));
    let config = function.config().to_builder();
    let config = config.retry_config(RetryConfig::disabled()).build();
    (db, Client::from_conf(config))
}

async fn has_note(db: &DynamoDb) -> bool {
    let owner = client(db, db.owner());
    let get = owner.get_item().table_name("notes").key("id", id("1"));
    get.send().await.unwrap().item.is_some()
}

#[tokio::test]
async fn a_throttled_call_is_refused_and_not_executed() {
    let (db, function) = faulty("throttle=1").await;

    let put = function.put_item().table_name("notes").item("id", id("1"));
    let refused = put.send().await.unwrap_err();

    let SdkError::ServiceError(answer) = &refused else {
        panic!("{refused:?}");
    };
    let error = answer.err();
    assert!(
        error.is_provisioned_throughput_exceeded_exception(),
        "{error:?}"
    );
    assert_eq!(answer.raw().status().as_u16(), 400);
    assert!(!has_note(&db).await);
}

#[tokio::test]
async fn a_failed_call_is_a_500_and_not_executed() {
    let (db, function) = faulty("error=1").await;

    let put = function.put_item().table_name("notes").item("id", id("1"));
    let refused = put.send().await.unwrap_err();

    assert!(
        refused
            .as_service_error()
            .unwrap()
            .is_internal_server_error()
    );
    assert_eq!(refused.raw_response().unwrap().status().as_u16(), 500);
    assert!(!has_note(&db).await);
}

#[tokio::test]
async fn a_write_conflicts_and_a_read_does_not() {
    let (db, function) = faulty("conflict=1").await;

    let put = function.put_item().table_name("notes").item("id", id("1"));
    let (code, message) = refusal(put.send().await);
    let get = function.get_item().table_name("notes").key("id", id("1"));
    let read = get.send().await;

    assert_eq!(code, "TransactionConflictException");
    assert_eq!(message, "Transaction is ongoing for the item");
    assert!(read.unwrap().item.is_none());
    assert_eq!(db.faults().counts()["conflict"], 1);
}

#[tokio::test]
async fn a_transaction_is_cancelled_for_one_of_its_items() {
    let (db, function) = faulty("conflict=1").await;

    let put = |key: &str| {
        let put = Put::builder().table_name("notes").item("id", id(key));
        TransactWriteItem::builder()
            .put(put.build().unwrap())
            .build()
    };
    let refused = function
        .transact_write_items()
        .set_transact_items(Some(vec![put("1"), put("2"), put("3")]))
        .send()
        .await
        .unwrap_err();

    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        refused.as_service_error()
    else {
        panic!("{refused:?}");
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap())
        .collect();
    assert_eq!(codes.len(), 3);
    assert_eq!(codes.iter().filter(|code| **code == "None").count(), 2);
    assert!(codes.contains(&"TransactionConflict"));
    assert_eq!(
        cancelled.message(),
        Some(format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes.join(", ")).as_str())
    );
    assert!(!has_note(&db).await);
}

#[tokio::test]
async fn a_dropped_call_is_not_executed_and_a_lost_answer_is() {
    for (fault, done) in [("drop", false), ("lose-answer", true)] {
        let (db, function) = faulty(&format!("{fault}=1")).await;

        let put = function.put_item().table_name("notes").item("id", id("1"));
        let refused = put.send().await.unwrap_err();

        assert!(
            matches!(refused, SdkError::DispatchFailure(_)),
            "{fault}: {refused:?}"
        );
        assert_eq!(has_note(&db).await, done, "{fault}");
        assert_eq!(db.faults().counts()[fault], 1, "{fault}");
    }
}

#[tokio::test]
async fn a_slow_response_is_delayed_and_correct() {
    let (db, function) = faulty("slow=1,delay=120..150").await;
    let begun = Instant::now();

    let put = function.put_item().table_name("notes").item("id", id("1"));
    put.send().await.unwrap();

    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert!(has_note(&db).await);
}

#[tokio::test]
async fn the_sdks_retries_recover_from_rare_faults() {
    let (db, function) = faulty("throttle=0.1,error=0.1,drop=0.1,lose-answer=0.1").await;
    let config = function.config().to_builder();
    let patient = RetryConfig::standard()
        .with_max_attempts(20)
        .with_initial_backoff(Duration::from_millis(1));
    let function = Client::from_conf(config.retry_config(patient).build());

    for _ in 0..20 {
        let put = function.put_item().table_name("notes").item("id", id("1"));
        put.send().await.unwrap();
    }

    assert!(db.faults().counts().values().sum::<u64>() > 0);
    assert!(has_note(&db).await);
}

#[tokio::test]
async fn only_permitted_calls_of_functions_have_faults() {
    let (db, function) = faulty("error=1").await;

    put(&client(&db, db.owner()), "1").await;
    let denied = function
        .delete_item()
        .table_name("notes")
        .key("id", id("1"));
    let (code, _) = refusal(denied.send().await);

    assert_eq!(code, "AccessDeniedException");
    assert_eq!(db.faults().counts()["error"], 0);
}

#[tokio::test]
async fn faults_can_be_set_and_counted_over_http() {
    let (db, function) = faulty("").await;
    let bearer = format!("Bearer {}", db.fault_token());
    let authorized = [("authorization", bearer.as_str())];

    let set = json!({ "error": 1.0, "seed": 7 }).to_string();
    let changed = send(&db, "PUT", "/_faults", &authorized, &set).await;
    let get = function.get_item().table_name("notes").key("id", id("1"));
    get.send().await.unwrap_err();
    let counted = send(&db, "GET", "/_faults", &authorized, "").await;

    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.json()["settings"]["error"], 1.0);
    assert_eq!(counted.json()["counts"]["error"], 1);
    assert_eq!(counted.json()["counts"]["lose-answer"], 0);
    assert_eq!(db.faults().settings().seed, 7);
}

#[tokio::test]
async fn invalid_settings_are_refused() {
    let (db, _) = faulty("slow=0.5").await;
    let bearer = format!("Bearer {}", db.fault_token());
    let authorized = [("authorization", bearer.as_str())];

    for body in [r#"{"error":2}"#, r#"{"fire":1}"#, "", "{"] {
        let refused = send(&db, "PUT", "/_faults", &authorized, body).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
    }
    let deleted = send(&db, "DELETE", "/_faults", &authorized, "").await;

    assert_eq!(deleted.status, 405);
    let expected: FaultSettings = "slow=0.5".parse().unwrap();
    assert_eq!(db.faults().settings(), expected);
}

#[tokio::test]
async fn faults_need_their_own_token() {
    let (db, _) = faulty("slow=0.5").await;
    let owner = db.owner();
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={}/20261125/eu-central-1/dynamodb/aws4_request",
        owner.access_key_id
    );
    let session = format!("Bearer {}", owner.session_token);

    for headers in [
        &[][..],
        &[("authorization", "")],
        &[("authorization", "Bearer ")],
        &[("authorization", signed.as_str())],
        &[("authorization", session.as_str())],
    ] {
        for method in ["GET", "PUT"] {
            let refused = send(&db, method, "/_faults", headers, r#"{"error":1}"#).await;
            assert_eq!(
                refused.status, 401,
                "{method} {headers:?}: {}",
                refused.body
            );
        }
    }
    let expected: FaultSettings = "slow=0.5".parse().unwrap();
    assert_eq!(db.faults().settings(), expected);
}

#[tokio::test]
async fn a_stale_query_does_not_see_the_latest_writes() {
    let (db, function) = faulty("").await;
    let put = |key: &str, text: &str| {
        let put = function.put_item().table_name("notes");
        let put = put.item("id", id(key)).item("author", id("ada"));
        put.item("text", id(text)).send()
    };
    let texts = async || {
        let query = function.query().table_name("notes").index_name("by-author");
        let query = query.key_condition_expression("author = :author");
        let query = query.expression_attribute_values(":author", id("ada"));
        let found = query.send().await.unwrap();
        let texts = found.items().iter().map(|item| item["text"].clone());
        texts.collect::<Vec<_>>()
    };
    put("1", "before").await.unwrap();
    let set = |faults: &str| db.faults().set(faults.parse().unwrap()).unwrap();

    set("stale-index=1,lag=60000");
    put("1", "after").await.unwrap();
    put("2", "new").await.unwrap();
    let stale = texts().await;
    let get = function.get_item().table_name("notes").key("id", id("1"));
    let from_table = get.send().await.unwrap().item.unwrap();
    set("stale-index=1,lag=0");
    let without_lag = texts().await;
    set("");
    let without_fault = texts().await;

    assert_eq!(stale, [id("before")]);
    assert_eq!(from_table["text"], id("after"));
    assert_eq!(without_lag, [id("after"), id("new")]);
    assert_eq!(without_fault, [id("after"), id("new")]);
    assert_eq!(db.faults().counts()["stale-index"], 2);
}

#[tokio::test]
async fn a_write_without_its_condition_is_executed_and_counted() {
    let (db, function) = faulty("unconditional=1").await;
    let put = || {
        let put = function.put_item().table_name("notes").item("id", id("1"));
        put.condition_expression("attribute_not_exists(#id)")
            .expression_attribute_names("#id", "id")
    };

    put().send().await.unwrap();
    put().send().await.unwrap();
    let in_transaction = Put::builder()
        .table_name("notes")
        .item("id", id("1"))
        .condition_expression("attribute_not_exists(id)")
        .build()
        .unwrap();
    function
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(in_transaction).build())
        .send()
        .await
        .unwrap();

    assert_eq!(db.faults().counts()["unconditional"], 3);
}
