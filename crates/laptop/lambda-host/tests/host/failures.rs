//! What a caller gets, what the log says, and that the next request works.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    FUNCTION, Lambda, PROTOCOL, fields, function_error, payload, without_request_id,
};

/// Lets one request fail, then shows that the next one works; gives the error and its report.
async fn fail(lambda: &Lambda, event: Value) -> (Value, String) {
    let error = function_error(lambda.invoke(event).await);
    assert_eq!(
        payload(lambda.invoke(json!({})).await)["echo"],
        json!({}),
        "the next request works"
    );
    let lines = lambda.log.reports(2).await;
    let report = lines
        .iter()
        .find(|line| line.starts_with("REPORT"))
        .unwrap()
        .clone();
    (error, report)
}

// Fact 8.3.
#[tokio::test]
async fn sleeping_past_the_time_out_is_sandbox_timedout() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.timeout = Duration::from_secs(1)
        })
        .await;

    let (error, report) = fail(&lambda, json!({ "do": "sleep", "amount": 60_000 })).await;

    assert_eq!(
        without_request_id(error),
        json!({
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: <id> Error: Task timed out after 1.00 seconds",
        })
    );
    let report = fields(&report);
    assert_eq!(report["Duration"], "1000.00 ms");
    assert_eq!(report["Status"], "timeout");
    assert!(!report.contains_key("Error Type"));
}

// Fact 8.3.
#[tokio::test]
async fn an_exit_is_runtime_exit_error() {
    for (event, ending) in [
        (
            json!({ "do": "exit", "amount": 127 }),
            "Runtime exited with error: exit status 127",
        ),
        (
            json!({ "do": "exit", "amount": 0 }),
            "Runtime exited without providing a reason",
        ),
    ] {
        let lambda = Lambda::new();
        lambda.deploy(FUNCTION, |_| {}).await;

        let (error, report) = fail(&lambda, event.clone()).await;

        assert_eq!(
            without_request_id(error),
            json!({
                "errorType": "Runtime.ExitError",
                "errorMessage": format!("RequestId: <id> Error: {ending}"),
            }),
            "{event}"
        );
        assert!(
            report.ends_with("\tStatus: error\tError Type: Runtime.ExitError"),
            "{report}"
        );
    }
}

// Fact 8.3.
#[tokio::test]
async fn an_abort_is_runtime_exit_error_with_its_signal() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let (error, report) = fail(&lambda, json!({ "do": "abort" })).await;

    assert_eq!(error["errorType"], "Runtime.ExitError");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("Error: Runtime exited with error: signal: aborted"),
        "{message}"
    );
    assert_eq!(fields(&report)["Error Type"], "Runtime.ExitError");
}

// Fact 8.3.
#[tokio::test]
async fn a_handlers_error_reaches_the_caller_unchanged() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let (failed, report) = fail(&lambda, json!({ "do": "fail" })).await;

    assert_eq!(failed["errorMessage"], "no such pet");
    assert_eq!(fields(&report)["Error Type"], "Runtime.Unknown");
}

// Fact 8.3.
#[tokio::test]
async fn a_panic_that_unwinds_is_the_handlers_error() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let (panicked, _) = fail(&lambda, json!({ "do": "panic" })).await;

    assert_eq!(panicked["errorMessage"], "Lambda panicked: at the disco");
}

// Fact 8.3.
#[tokio::test]
async fn allocating_past_its_memory_is_runtime_out_of_memory() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let (error, report) = fail(&lambda, json!({ "do": "allocate", "amount": 400 })).await;

    assert_eq!(
        without_request_id(error),
        json!({
            "errorType": "Runtime.OutOfMemory",
            "errorMessage": "RequestId: <id> Error: Runtime exited with error: signal: killed",
        })
    );
    assert!(
        report.ends_with("\tStatus: error\tError Type: Runtime.OutOfMemory"),
        "{report}"
    );
}

// Fact 8.3.
#[tokio::test]
async fn memory_within_the_limit_is_reported_and_not_refused() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| function.memory_mb = 512)
        .await;

    let outcome = lambda
        .invoke(json!({ "do": "allocate", "amount": 200 }))
        .await;

    assert_eq!(payload(outcome), "allocated");
    let report = lambda.log.reports(1).await.pop().unwrap();
    let used = fields(&report)["Max Memory Used"]
        .replace(" MB", "")
        .parse::<u64>()
        .unwrap();
    assert!((200..512).contains(&used), "{report}");
    assert_eq!(fields(&report)["Memory Size"], "512 MB");
}

#[tokio::test]
async fn tmp_survives_a_reset_and_globals_do_not() {
    for ending in [
        json!({ "do": "exit", "amount": 1 }),
        json!({ "do": "sleep", "amount": 60_000 }),
    ] {
        let lambda = Lambda::new();
        lambda
            .deploy(FUNCTION, |function| {
                function.timeout = Duration::from_secs(1)
            })
            .await;
        let memories = json!({ "do": "memories" });
        let before = payload(lambda.invoke(memories.clone()).await);
        let warm = payload(lambda.invoke(memories.clone()).await);

        function_error(lambda.invoke(ending.clone()).await);
        let after = payload(lambda.invoke(memories).await);

        assert_eq!(
            (&before["tmp"], &before["globals"]),
            (&json!(1), &json!(1)),
            "{ending}"
        );
        assert_eq!(
            (&warm["tmp"], &warm["globals"]),
            (&json!(2), &json!(2)),
            "{ending}"
        );
        assert_eq!(warm["process"], before["process"], "{ending}");
        assert_eq!(
            (&after["tmp"], &after["globals"]),
            (&json!(3), &json!(1)),
            "{ending}"
        );
        assert_ne!(after["process"], before["process"], "{ending}");
        assert_eq!(lambda.host.environments(), 1, "{ending}");
    }
}

#[tokio::test]
async fn a_process_that_ends_after_its_answer_costs_the_next_request_a_start() {
    for manner in ["leave", "dawdle"] {
        let lambda = Lambda::new();
        lambda
            .deploy(PROTOCOL, |function| {
                function.timeout = Duration::from_secs(1)
            })
            .await;

        let answered = lambda.invoke(json!(manner)).await;
        let next = lambda.invoke(json!("still here")).await;

        assert!(
            matches!(answered, lambda_host::InvokeOutcome::Payload(_)),
            "{manner}: {answered:?}"
        );
        assert_eq!(payload(next), "still here", "{manner}");
        assert_eq!(lambda.host.environments(), 1, "{manner}");
    }
}
