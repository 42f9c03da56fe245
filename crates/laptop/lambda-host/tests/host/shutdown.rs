//! Shutting down ends every process and removes every folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use lambda_host::Error;
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{FUNCTION, Lambda, binary, configuration, function_error, payload, until};

fn lives(process: &Value) -> bool {
    let id = process.as_i64().unwrap().try_into().unwrap();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    test_kill_process(Pid::from_raw(id).unwrap()).is_ok() && !status.contains("State:\tZ")
}

#[tokio::test]
async fn shutting_down_ends_idle_and_busy_processes_and_what_they_started() {
    let folder = TempDir::new().unwrap();
    let work = TempDir::new().unwrap();
    let lambda = Lambda::with(|settings| settings.directory = Some(work.path().to_owned()));
    lambda.deploy(FUNCTION, |_| {}).await;
    let idle = payload(lambda.invoke(json!({ "do": "spawn" })).await);
    let hold = lambda.send(json!({ "do": "hold", "folder": folder.path() }));
    lambda
        .log
        .until(|lines| {
            lines
                .iter()
                .filter(|line| line.text.starts_with("START"))
                .count()
                == 2
        })
        .await;
    assert!(lives(&idle["process"]) && lives(&idle["child"]));

    lambda.host.shutdown().await;

    assert_eq!(lambda.host.environments(), 0);
    assert!(!lives(&idle["process"]));
    // It has been killed, but only its parent could wait for its end.
    until(|| !lives(&idle["child"])).await;
    assert_eq!(
        function_error(hold.await.unwrap())["errorType"],
        "Sandbox.Failure"
    );
    assert_eq!(
        fs::read_dir(work.path()).unwrap().count(),
        0,
        "no folder is left"
    );
    let deployed = lambda.host.deploy(configuration(FUNCTION)).await;
    assert!(
        matches!(deployed, Err(Error::ShutDown { .. } | Error::Binary { .. })),
        "{deployed:?}"
    );
}

async fn deploy_with_shutdown(lambda: &Lambda, shutdown: &str, file: &Path) -> Value {
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [
                ("SHUTDOWN".into(), shutdown.into()),
                ("CLEAN_UP_FILE".into(), file.to_str().unwrap().into()),
            ]
            .into();
        })
        .await;
    payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone()
}

// Fact 8.2.
#[tokio::test]
async fn a_function_with_an_extension_cleans_up_at_sigterm() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let lambda = Lambda::new();
    let process = deploy_with_shutdown(&lambda, "graceful", &file).await;

    lambda.host.shutdown().await;

    assert_eq!(fs::read_to_string(file).unwrap(), "cleaned up");
    assert!(!lives(&process));
}

// Fact 8.2.
#[tokio::test]
async fn a_function_without_an_extension_receives_no_sigterm() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let lambda = Lambda::new();
    let process = deploy_with_shutdown(&lambda, "without-extension", &file).await;

    lambda.host.shutdown().await;

    assert!(!file.exists());
    assert!(!lives(&process));
}

// Fact 8.2.
#[tokio::test]
async fn a_clean_up_may_take_500_ms() {
    let folder = TempDir::new().unwrap();
    let lambda = Lambda::new();
    let process = deploy_with_shutdown(&lambda, "graceful-but-slow", folder.path()).await;
    let begun = Instant::now();

    lambda.host.shutdown().await;

    let milliseconds = begun.elapsed().as_millis();
    assert!((500..10_000).contains(&milliseconds), "{milliseconds} ms");
    assert!(!lives(&process));
}

#[tokio::test]
async fn dropping_a_host_ends_its_processes() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    let process = payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone();

    drop(lambda);

    until(|| !lives(&process)).await;
}

#[tokio::test]
async fn a_frozen_process_ends_when_its_host_is_killed() {
    // A killed host leaves its folder behind.
    let work = TempDir::new().unwrap();
    let mut host = Command::new(binary("host"))
        .env("TMPDIR", work.path())
        .arg(binary(FUNCTION))
        .arg(r#"{"do":"memories"}"#)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answer = String::new();
    BufReader::new(host.stdout.take().unwrap())
        .read_line(&mut answer)
        .unwrap();
    let process = serde_json::from_str::<Value>(&answer).unwrap()["process"].clone();
    assert!(lives(&process));

    host.kill().unwrap();
    host.wait().unwrap();

    until(|| !lives(&process)).await;
}
