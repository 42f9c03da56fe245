//! Nothing is left behind.

use std::{
    fs,
    io::{BufRead, BufReader},
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
    let begun = Instant::now();

    lambda.host.shutdown().await;

    assert!(begun.elapsed().as_secs() < 2, "nobody had to be killed");
    assert_eq!(lambda.host.environments(), 0);
    assert!(!lives(&idle["process"]) && !lives(&idle["child"]));
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

// Fact 8.2.
#[tokio::test]
async fn a_process_deaf_to_sigterm_is_killed_after_two_seconds() {
    let lambda = Lambda::new();
    lambda
        .deploy(FUNCTION, |function| {
            function.environment = [("DEAF".into(), "yes".into())].into()
        })
        .await;
    let process = payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone();
    let begun = Instant::now();

    lambda.host.shutdown().await;

    assert!(
        (2..10).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
    assert!(!lives(&process));
}

#[tokio::test]
async fn a_host_that_is_dropped_takes_its_processes_along() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    let process = payload(lambda.invoke(json!({ "do": "memories" })).await)["process"].clone();

    drop(lambda);

    until(|| !lives(&process)).await;
}

#[tokio::test]
async fn a_process_ends_by_itself_when_its_host_is_killed() {
    // What a killed host leaves in the system's folder for temporary files stays until the next.
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
