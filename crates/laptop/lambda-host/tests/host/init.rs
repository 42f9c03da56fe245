//! The init phase: its limit, its second attempt, its errors.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    FUNCTION, Lambda, PROTOCOL, fields, function_error, payload, without_request_id,
};

// Fact 8.3.
#[tokio::test]
async fn an_init_over_its_limit_runs_again_inside_the_first_request() {
    let lambda = Lambda::with(|settings| settings.init_limit = Duration::from_millis(300));
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("INIT".into(), "slow-the-first-time".into())].into();
        })
        .await;

    let outcome = lambda.invoke(json!({})).await;

    payload(outcome);
    let lines = lambda.log.reports(1).await;
    assert!(
        lines[0].starts_with("INIT_START Runtime Version: "),
        "{lines:#?}"
    );
    assert!(
        lines[1].starts_with("INIT_REPORT Init Duration: 3"),
        "{lines:#?}"
    );
    assert!(
        lines[1].ends_with(" ms\tPhase: init\tStatus: timeout"),
        "{lines:#?}"
    );
    assert!(lines[2].starts_with("START RequestId: "), "{lines:#?}");
    assert!(
        !fields(&lines[4]).contains_key("Init Duration"),
        "{lines:#?}"
    );
    assert_eq!(lines.len(), 5, "{lines:#?}");
}

// Fact 8.3.
#[tokio::test]
async fn the_second_attempt_counts_against_the_functions_time_out() {
    let lambda = Lambda::with(|settings| settings.init_limit = Duration::from_millis(100));
    lambda
        .deploy(FUNCTION, |function| {
            function.timeout = Duration::from_secs(1);
            function.environment = [("INIT".into(), "slow".into())].into();
        })
        .await;

    let error = function_error(lambda.invoke(json!({})).await);

    assert_eq!(
        without_request_id(error),
        json!({
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: <id> Error: Task timed out after 1.00 seconds",
        })
    );
    let lines = lambda.log.reports(1).await;
    assert!(
        lines[1].ends_with("\tPhase: init\tStatus: timeout"),
        "{lines:#?}"
    );
    assert!(
        lines[2].ends_with("\tPhase: invoke\tStatus: timeout"),
        "{lines:#?}"
    );
    assert!(lines[5].ends_with("\tStatus: timeout"), "{lines:#?}");
}

// Fact 8.3.
#[tokio::test]
async fn a_process_that_ends_during_init_is_runtime_exit_error_after_two_attempts() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("INIT".into(), "exit".into())].into();
        })
        .await;

    let first = function_error(lambda.invoke(json!({})).await);
    let second = function_error(lambda.invoke(json!({})).await);

    let expected = json!({
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: <id> Error: Runtime exited with error: exit status 3",
    });
    assert_eq!(without_request_id(first), expected);
    assert_eq!(without_request_id(second), expected);
    let lines = lambda.log.reports(2).await;
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let failed = ["INIT_REPORT", "START", "END", "REPORT"];
    assert_eq!(kinds[..2], ["INIT_START", "INIT_REPORT"], "{lines:#?}");
    assert_eq!(kinds[2..6], failed, "{lines:#?}");
    assert_eq!(kinds[6..], failed, "{lines:#?}");
    let ending = "\tStatus: error\tError Type: Runtime.ExitError";
    assert!(
        lines[1].ends_with(&format!("\tPhase: init{ending}")),
        "{lines:#?}"
    );
    assert!(
        lines[2].ends_with(&format!("\tPhase: invoke{ending}")),
        "{lines:#?}"
    );
    assert!(lines[5].ends_with(ending), "{lines:#?}");
}

// Fact 8.3.
#[tokio::test]
async fn an_init_error_reaches_the_caller_unchanged() {
    let lambda = Lambda::new();
    lambda
        .deploy(PROTOCOL, |function| {
            function.environment = [("INIT".into(), "report".into())].into();
        })
        .await;

    let error = function_error(lambda.invoke(json!({})).await);

    assert_eq!(
        error,
        json!({ "errorType": "Function.NoKennel", "errorMessage": "the kennel is closed" })
    );
    let lines = lambda.log.reports(1).await;
    assert!(
        lines[1].ends_with("\tPhase: init\tStatus: error\tError Type: Function.NoKennel"),
        "{lines:#?}"
    );
}

// Fact 8.3.
#[tokio::test]
async fn allocating_past_its_memory_during_init_is_runtime_out_of_memory() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("INIT".into(), "allocate".into())].into();
        })
        .await;

    let error = function_error(lambda.invoke(json!({})).await);

    assert_eq!(error["errorType"], "Runtime.OutOfMemory");
}

// Fact 9.1.
#[tokio::test]
async fn a_file_that_is_no_program_is_an_invalid_entrypoint() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = folder.path().join("letter");
    std::fs::write(&text, "Dear dog,").unwrap();
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| function.binary = text)
        .await;

    let error = function_error(lambda.invoke(json!({})).await);

    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint");
}
