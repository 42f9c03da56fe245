//! Functions that a developer examines with a debugger.

use std::time::Duration;

use lambda_host::FunctionConfiguration;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{FUNCTION, Lambda, payload, until};

/// Deploys a function that is debugged, and returns the queue of its process ids.
async fn debug(
    lambda: &Lambda,
    change: impl FnOnce(&mut FunctionConfiguration),
) -> UnboundedReceiver<u32> {
    let (debugger, processes) = unbounded_channel();
    lambda
        .deploy(FUNCTION, |function| {
            function.debugger = Some(debugger);
            change(function);
        })
        .await;
    processes
}

#[tokio::test]
async fn a_debugged_function_runs_before_its_first_request() {
    let lambda = Lambda::new();

    let mut processes = debug(&lambda, |_| {}).await;
    let process = processes.recv().await.unwrap();
    let answer = payload(lambda.invoke(json!({ "do": "memories" })).await);

    assert_eq!(answer["process"], process);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_has_the_name_of_its_function() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;

    let process = payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone();
    let read = |file| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();

    assert_eq!(read("comm"), "pets\n");
    assert_eq!(read("cmdline"), "pets\0");
}

#[tokio::test]
async fn a_debugged_function_has_no_time_out() {
    let lambda = Lambda::with(|settings| settings.init_limit = Duration::from_millis(1));

    let _processes = debug(&lambda, |function| {
        function.timeout = Duration::from_secs(1);
    })
    .await;
    let context = payload(lambda.invoke(json!({ "do": "context" })).await);

    let remaining = Duration::from_millis(context["remaining"].as_u64().unwrap());
    assert!(remaining > Duration::from_hours(1), "{remaining:?}");
}

#[tokio::test]
async fn the_memory_of_a_debugged_function_is_not_limited() {
    let lambda = Lambda::new();

    let _processes = debug(&lambda, |function| function.memory_mb = 128).await;
    let event = json!({ "do": "allocate", "amount": 200 });

    assert_eq!(payload(lambda.invoke(event).await), "allocated");
}

#[tokio::test]
async fn requests_to_a_debugged_function_share_one_process() {
    let lambda = Lambda::new();
    let mut processes = debug(&lambda, |_| {}).await;
    let requests: Vec<_> = (0..4)
        .map(|_| lambda.send(json!({ "do": "memories" })))
        .collect();

    let process = processes.recv().await.unwrap();
    for request in requests {
        assert_eq!(payload(request.await.unwrap())["process"], process);
    }

    assert_eq!(lambda.host.environments(), 1);
    assert!(processes.is_empty());
}

#[tokio::test]
async fn a_debugged_process_is_not_stopped_between_requests() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("count");
    let lambda = Lambda::new();
    let _processes = debug(&lambda, |_| {}).await;

    payload(
        lambda
            .invoke(json!({ "do": "leave-a-task", "file": file }))
            .await,
    );

    let count = || std::fs::read_to_string(&file).unwrap_or_default();
    let before = count();
    until(|| count() != before).await;
}

#[tokio::test]
async fn each_version_of_a_debugged_function_reports_its_process() {
    let lambda = Lambda::new();
    let mut processes = debug(&lambda, |_| {}).await;
    let old = processes.recv().await.unwrap();

    let mut processes = debug(&lambda, |_| {}).await;
    let new = processes.recv().await.unwrap();
    let answer = payload(lambda.invoke(json!({ "do": "memories" })).await);

    assert_ne!(old, new);
    assert_eq!(answer["process"], new);
    until(|| lambda.host.environments() == 1).await;
}
