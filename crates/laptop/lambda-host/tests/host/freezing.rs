//! Processes are frozen between invocations.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{FUNCTION, Lambda, payload, until};

/// The state letter of a process: `T` is stopped.
#[cfg(target_os = "linux")]
fn state(process: &Value) -> char {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let (_, fields) = status.rsplit_once(") ").unwrap_or_default();
    fields.chars().next().unwrap_or('X')
}

fn count(file: &Path) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.parse().unwrap_or_default()
}

async fn leave_a_task(lambda: &Lambda, file: &Path) -> Value {
    let event = json!({ "do": "leave-a-task", "file": file });
    payload(lambda.invoke(event).await)["process"].clone()
}

// Fact 9.1.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_spawned_task_does_not_run_between_invocations() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("count");
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    lambda
        .deploy(FUNCTION, |function| function.name = "notes".into())
        .await;

    let process = leave_a_task(&lambda, &file).await;
    until(|| state(&process) == 'T').await;
    let frozen_at = count(&file);
    for _ in 0..20 {
        payload(
            lambda
                .host
                .invoke("notes", Uuid::new_v4(), "{}".into(), None)
                .await,
        );
    }
    let still = count(&file);
    let mut invocations = 0;
    while count(&file) <= still && invocations < 100 {
        payload(lambda.invoke(json!({ "do": "sleep", "amount": 20 })).await);
        invocations += 1;
    }

    assert_eq!(
        frozen_at, still,
        "the task ran while the process was frozen"
    );
    assert!(
        count(&file) > still,
        "the task goes on with the next invocation"
    );
}

#[tokio::test]
async fn without_freezing_a_spawned_task_runs_on() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("count");
    let lambda = Lambda::with(|settings| settings.freeze = false);
    lambda.deploy(FUNCTION, |_| {}).await;

    leave_a_task(&lambda, &file).await;
    let answered_at = count(&file);

    until(|| count(&file) > answered_at + 20).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_frozen_environment_that_is_replaced_ends() {
    let folder = TempDir::new().unwrap();
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    let process = leave_a_task(&lambda, &folder.path().join("count")).await;
    until(|| state(&process) == 'T').await;

    lambda.deploy(FUNCTION, |_| {}).await;

    until(|| lambda.host.environments() == 0).await;
    assert_eq!(state(&process), 'X');
}
