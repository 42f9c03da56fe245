//! What the real SDK client sees when faults are on.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{
    Client,
    config::retry::RetryConfig,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use dynamodb_host::{DynamoDb, FaultSettings};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use manifest::{
    Action::{GetItem, PutItem},
    Permissions,
};
use serde_json::{Value, json};

use support::{client, id, put, refusal, start};

/// A database with these faults, and a function that reads and writes notes without trying again.
async fn faulty(settings: &str) -> (DynamoDb, Client) {
    let db = start().await;
    db.faults().set(settings.parse().unwrap()).unwrap();
    let permissions: Permissions = [("notes", [GetItem, PutItem])].into_iter().collect();
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
async fn a_throttled_call_is_refused_in_dynamodbs_words_and_not_done() {
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
async fn a_failed_call_is_a_500_and_not_done() {
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
async fn a_dropped_call_is_not_done_and_a_lost_answer_is() {
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
async fn a_slow_answer_is_late_and_right() {
    let (db, function) = faulty("slow=1,delay=120..150").await;
    let begun = Instant::now();

    let put = function.put_item().table_name("notes").item("id", id("1"));
    put.send().await.unwrap();

    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert!(has_note(&db).await);
}

#[tokio::test]
async fn the_sdks_own_retries_outlive_what_is_rare() {
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
async fn the_owner_is_spared_and_what_is_not_permitted_is_still_denied() {
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
async fn faults_are_set_and_counted_by_calls_to_the_endpoint() {
    let (db, function) = faulty("").await;

    let set = json!({ "error": 1.0, "seed": 7 }).to_string();
    let (status, state) = admin(&db, "PUT", "application/json", &set).await;
    assert_eq!(status, 200, "{state}");
    assert_eq!(state["settings"]["error"], 1.0);
    let get = function.get_item().table_name("notes").key("id", id("1"));
    get.send().await.unwrap_err();
    let (_, state) = admin(&db, "GET", "", "").await;

    assert_eq!(state["counts"]["error"], 1);
    assert_eq!(state["counts"]["lose-answer"], 0);
    assert_eq!(db.faults().settings().seed, 7);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let (db, _) = faulty("slow=0.5").await;

    for (content_type, body, status) in [
        ("application/json", r#"{"error":2}"#, 400),
        ("application/json", r#"{"fire":1}"#, 400),
        ("text/plain", r#"{"error":1}"#, 415),
    ] {
        let (refused, answer) = admin(&db, "PUT", content_type, body).await;
        assert_eq!(refused, status, "{body}: {answer}");
    }
    let (deleted, _) = admin(&db, "DELETE", "", "").await;

    assert_eq!(deleted, 405);
    let expected: FaultSettings = "slow=0.5".parse().unwrap();
    assert_eq!(db.faults().settings(), expected);
}

async fn admin(db: &DynamoDb, method: &str, content_type: &str, body: &str) -> (u16, Value) {
    let address = db.endpoint().strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::builder()
        .method(method)
        .uri("/_faults")
        .header("host", address)
        .header("content-type", content_type)
        .body(Full::<bytes::Bytes>::from(body.to_owned()))
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_write_without_its_conditions_is_done_and_counted() {
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
