//! The lines about requests, and `cargo local logs`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Output, Stdio},
};

use http::Method;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use support::{Answer, call, copy_of_fixture, edit, target_directory};

/// `cargo local` on a copy of the fixture.
struct Serving {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
}

fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-local"));
    command
        .args(arguments.split_whitespace())
        .arg("--manifest-path")
        .arg(folder.path().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target_directory())
        .kill_on_drop(true);
    command
}

/// Serves until it says so on standard output: a line that contains `ready`, before the URL.
async fn serve(folder: &TempDir, arguments: &str, ready: &str) -> Serving {
    let mut child = command(
        folder,
        &format!("--port 0 --ephemeral --no-watch {arguments}"),
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = output.next_line().await.unwrap().expect("it serves");
        if let Some((_, rest)) = line.split_once(ready) {
            let url = rest.split([',', '"']).next().unwrap().to_owned();
            return Serving { child, output, url };
        }
    }
}

impl Serving {
    async fn trial(&self, what: &'static str) -> Answer {
        call(Method::POST, format!("{}/trials", self.url), None, what).await
    }

    async fn line(&mut self, containing: &str) -> String {
        loop {
            let line = self.output.next_line().await.unwrap().expect("more lines");
            if line.contains(containing) {
                return line;
            }
        }
    }

    async fn end(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn logs(folder: &TempDir, id: &str) -> Output {
    let arguments = format!("logs {id}");
    command(folder, &arguments).output().await.unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn request_id(answer: &Answer) -> &str {
    answer.headers["apigw-requestid"].to_str().unwrap()
}

fn records(folder: &TempDir) -> PathBuf {
    folder.path().join(".colonnade/requests.jsonl")
}

#[tokio::test]
async fn a_requests_story_is_printed_and_kept() {
    let folder = copy_of_fixture("0.4.0");
    let none = logs(&folder, "").await;

    let mut serving = serve(&folder, "", "Serving on ").await;
    let denied = serving.trial("put").await;
    let denied_lines = [
        serving.line("POST   /trials").await,
        serving.line("✗").await,
        serving.line("declare it").await,
    ];
    let failed = serving.trial("exit").await;
    let failed_line = serving.line("POST   /trials").await;
    let cause = serving.line("✗").await;
    let id = request_id(&denied);
    let (short, end) = (&id[..6], &id[8..]);
    let while_serving = logs(&folder, short).await;
    serving.end().await;
    let afterwards = logs(&folder, end).await;
    let list = logs(&folder, "").await;
    let unknown = logs(&folder, "xxxxxx").await;

    // Before the first request.
    assert!(!none.status.success());
    assert!(complaint(&none).contains("no request is recorded"));
    // While serving.
    let [line, what, place] = &denied_lines;
    assert_eq!(&line[2..3], ":", "{line}");
    assert!(line[8..].starts_with(" 200 POST   /trials "), "{line}");
    assert!(line.contains("trials-post"), "{line}");
    assert!(line.contains(" cold "), "{line}");
    assert!(line.ends_with(short), "{line}");
    assert_eq!(what, "         ✗ trials-post may not PutItem on notes");
    assert_eq!(
        place,
        "           declare it: functions/trials-post/Cargo.toml:12"
    );
    assert!(failed_line[8..].starts_with(" 500 POST"), "{failed_line}");
    assert!(!failed_line.contains(" cold "), "{failed_line}");
    assert!(failed_line.ends_with(&request_id(&failed)[..6]));
    assert!(
        cause.starts_with("         ✗ Runtime.ExitError: "),
        "{cause}"
    );
    // From another terminal, and afterwards.
    let story = printed(&while_serving);
    for part in [id, "START RequestId: ", "REPORT RequestId: ", what, place] {
        assert!(story.contains(part), "{part}: {story}");
    }
    assert_eq!(printed(&afterwards), story);
    assert_eq!(printed(&list), format!("{line}\n{failed_line}\n"));
    assert!(!unknown.status.success());
    assert!(complaint(&unknown).contains("no recorded request has the id xxxxxx"));
    let mode = std::fs::metadata(records(&folder)).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[tokio::test]
async fn verbose_shows_lambdas_lines_under_their_request() {
    let folder = copy_of_fixture("0.4.0");
    let mut serving = serve(&folder, "-v", "Serving on ").await;

    serving.trial("echo").await;

    let init = serving.line("INIT_START").await;
    let request = serving.line("POST   /trials").await;
    let start = serving.line("RequestId").await;
    assert!(init.starts_with("         trials-post │ INIT_START"));
    assert!(request.contains("trials-post"), "{request}");
    assert!(start.starts_with("           │ START RequestId: "));
    serving.end().await;
}

#[tokio::test]
async fn json_is_for_machines() {
    let folder = copy_of_fixture("0.4.0");
    let mut serving = serve(&folder, "--log-format json", "\"endpoint\":\"").await;

    let denied = serving.trial("put").await;

    let mut kinds = Vec::new();
    let mut access = None;
    while access.is_none() || kinds.len() < 4 {
        let line = serving.output.next_line().await.unwrap().unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        kinds.push(line["type"].as_str().unwrap().to_owned());
        if line["type"] == "access" {
            access = Some(line);
        }
    }
    let access = access.unwrap();
    let fields: Vec<_> = access.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "durationMs",
            "function",
            "method",
            "path",
            "reason",
            "requestId",
            "status",
            "type"
        ]
    );
    assert_eq!(access["requestId"], request_id(&denied));
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "access",
            "platform.initStart",
            "platform.report",
            "platform.start"
        ]
    );
    assert!(!records(&folder).exists());
    serving.end().await;
}

#[tokio::test]
async fn the_lines_of_an_authorizer_are_under_the_request() {
    let folder = copy_of_fixture("0.4.0");
    let manifest = folder.path().join("functions/trials-post/Cargo.toml");
    let access = "access = { authorizer = \"doorkeeper\" }";
    edit(&manifest, "access = \"public\"", access);
    let mut serving = serve(&folder, "", "Serving on ").await;
    let url = format!("{}/trials", serving.url);
    let call = async |token| call(Method::POST, &url, Some(token), "echo").await;
    let mut lines = Vec::new();

    let denied = call("barley").await;
    for containing in [" 403 POST", "✗", "│"] {
        lines.push(serving.line(containing).await);
    }
    let accepted = call("sesame").await;
    for containing in [" 200 POST", "│"] {
        lines.push(serving.line(containing).await);
    }
    let kept = call("sesame").await;
    lines.push(serving.line(" 200 POST").await);
    call("oats").await;
    for containing in [" 403 POST", "│"] {
        lines.push(serving.line(containing).await);
    }

    let [
        denied_row,
        reason,
        denied_line,
        row,
        line,
        kept_row,
        _,
        last_line,
    ] = &*lines
    else {
        panic!("{lines:?}");
    };
    let statuses = [denied.status, accepted.status, kept.status];
    assert_eq!(statuses, [403, 200, 200]);
    for (row, answer) in [(denied_row, &denied), (row, &accepted), (kept_row, &kept)] {
        assert!(row.ends_with(&request_id(answer)[..6]), "{row}");
    }
    assert!(
        reason.contains("✗ doorkeeper denies arn:aws:execute-api:"),
        "{reason}"
    );
    assert_eq!(denied_line, "           │ invocation 1: Deny");
    assert_eq!(line, "           │ invocation 2: Allow");
    // The second request with an accepted token invoked no authorizer.
    assert_eq!(last_line, "           │ invocation 3: Deny");
    serving.end().await;
}
