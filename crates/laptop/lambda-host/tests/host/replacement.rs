//! Replacing functions while they run.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{FUNCTION, Lambda, binary, payload, until};

#[tokio::test]
async fn running_requests_finish_on_the_old_version() {
    let lambda = Lambda::new();
    let folder = TempDir::new().unwrap();
    let edition = |edition: &str| [("EDITION".into(), edition.into())].into();
    lambda
        .deploy(FUNCTION, |function| function.environment = edition("first"))
        .await;
    let old = lambda.send(json!({ "do": "hold", "folder": folder.path() }));
    lambda
        .log
        .until(|lines| lines.iter().any(|line| line.text.starts_with("START")))
        .await;

    lambda
        .deploy(FUNCTION, |function| {
            function.environment = edition("second")
        })
        .await;
    let new = payload(lambda.invoke(json!({})).await);
    fs::write(folder.path().join("enough"), "").unwrap();
    let old = payload(old.await.unwrap());
    let newer = payload(lambda.invoke(json!({})).await);

    assert_eq!(new["edition"], "second");
    assert_eq!(old, "first");
    assert_eq!(newer["edition"], "second");
    until(|| lambda.host.environments() == 1).await;
}

#[tokio::test]
async fn idle_environments_of_the_old_version_end_at_once() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    payload(lambda.invoke(json!({})).await);

    lambda.deploy(FUNCTION, |_| {}).await;

    until(|| lambda.host.environments() == 0).await;
}

#[tokio::test]
async fn a_version_keeps_its_bytes_when_the_program_is_overwritten() {
    let build = TempDir::new().unwrap();
    let program = build.path().join("pets");
    fs::copy(binary(FUNCTION), &program).unwrap();
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| function.binary = program.clone())
        .await;

    fs::write(&program, "half a build").unwrap();

    payload(lambda.invoke(json!({})).await);
}

#[tokio::test]
async fn a_removed_function_is_not_found() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    assert!(lambda.host.remove("pets"));
    assert!(!lambda.host.remove("pets"));

    assert_eq!(
        lambda.invoke(json!({})).await,
        lambda_host::InvokeOutcome::NotFound
    );
}
