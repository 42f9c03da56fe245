//! API keys and usage plans, with the installed program: keys of `cargo local key`, and quotas that survive SIGKILL.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Output, Stdio},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
};

use support::{copy_of_fixture, edit, send, target_directory};

/// A copy of the fixture whose `POST /trials` requires a key of the plan `basic`, with 100 requests a month, or
/// `free`, without a quota.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    /// `version` makes the packages others than those of other tests.
    fn new(version: &str) -> Self {
        let folder = copy_of_fixture(version);
        let root = folder.path();
        edit(
            &root.join("Cargo.toml"),
            "[workspace.dependencies]",
            "[workspace.metadata.plans.basic]\nquota = { limit = 100, period = \"month\" }\n\n\
             [workspace.metadata.plans.free]\n\n[workspace.dependencies]",
        );
        edit(
            &root.join("Cargo.toml"),
            "[workspace.metadata.route]",
            "[workspace.metadata.route]\napi = \"rest\"",
        );
        edit(
            &root.join("functions/trials-post/Cargo.toml"),
            "access = \"public\"",
            "access = \"public\"\nkey = true",
        );
        Self { folder }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-local"));
        command
            .args(arguments.split_whitespace())
            .arg("--manifest-path")
            .arg(self.folder.path().join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", target_directory())
            .kill_on_drop(true);
        command
    }

    /// Runs `cargo local key`.
    async fn key(&self, arguments: &str) -> Output {
        let mut command = self.command(&format!("key {arguments}"));
        command.output().await.unwrap()
    }

    /// The value of the key that `cargo local key` prints.
    async fn value(&self, arguments: &str) -> String {
        let output = self.key(arguments).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn usage_file(&self) -> PathBuf {
        self.folder.path().join(".colonnade/usage.sqlite")
    }

    /// Serves the API until the child is killed. Returns it with the URL of `POST /trials`.
    async fn serve(&self) -> (Child, String) {
        self.serve_with("").await
    }

    async fn serve_with(&self, more: &str) -> (Child, String) {
        let arguments = "--port 0 --log-format json --no-watch --only trials-post";
        let mut child = self
            .command(&format!("{arguments} {more}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = output.next_line().await.unwrap().expect("it ended");
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["type"] == "ready" {
                break format!("{}/trials", line["endpoint"].as_str().unwrap());
            }
        };
        // Read on, so that the program can write.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        (child, url)
    }
}

fn post(url: &str, key: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = Request::post(url).header("content-type", "text/plain");
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    request.body(Full::from("show the event")).unwrap()
}

/// Sends one request. Returns its status and body; of a success, only the status.
async fn try_once(url: &str, key: Option<&str>) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = send(&client, post(url, key)).await;
    match answer.status.as_u16() {
        200 => "200".to_owned(),
        status => format!("{status} {}", answer.body),
    }
}

/// Has this many clients send ten requests each. Returns how often each outcome came.
async fn outcomes(url: &str, key: &str, clients: usize) -> BTreeMap<String, usize> {
    let mut sending = JoinSet::new();
    for _ in 0..clients {
        let (url, key) = (url.to_owned(), key.to_owned());
        sending.spawn(async move {
            let mut outcomes = Vec::new();
            for _ in 0..10 {
                outcomes.push(try_once(&url, Some(&key)).await);
            }
            outcomes
        });
    }
    let mut counts = BTreeMap::new();
    for outcome in sending.join_all().await.into_iter().flatten() {
        *counts.entry(outcome).or_default() += 1;
    }
    counts
}

const LIMIT_EXCEEDED: &str = r#"429 {"message":"Limit Exceeded"}"#;
const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;

fn counts(expected: [(&str, usize); 2]) -> BTreeMap<String, usize> {
    let expected = expected.into_iter().filter(|(_, count)| *count > 0);
    expected
        .map(|(outcome, count)| (outcome.to_owned(), count))
        .collect()
}

#[tokio::test]
async fn exactly_a_quota_passes_and_sigkill_forgets_nothing() {
    let shelf = Shelf::new("0.1.7");
    let (key, other) = (
        shelf.value("--plan basic").await,
        shelf.value("--plan basic --name other").await,
    );
    let (mut server, url) = shelf.serve().await;

    let together = outcomes(&url, &key, 50).await;
    let begun = outcomes(&url, &other, 6).await;
    server.kill().await.unwrap();
    let (mut server, url) = shelf.serve().await;
    let again = outcomes(&url, &key, 5).await;
    let continued = outcomes(&url, &other, 44).await;
    let listed = String::from_utf8(shelf.key("list").await.stdout).unwrap();
    server.kill().await.unwrap();

    assert_eq!(together, counts([("200", 100), (LIMIT_EXCEEDED, 400)]));
    assert_eq!(begun, counts([("200", 60), (LIMIT_EXCEEDED, 0)]));
    assert_eq!(again, counts([("200", 0), (LIMIT_EXCEEDED, 50)]));
    assert_eq!(continued, counts([("200", 40), (LIMIT_EXCEEDED, 400)]));
    assert_eq!(
        listed,
        "basic  plan basic, 100 of 100 this month\nother  plan basic, 100 of 100 this month\n"
    );
}

#[tokio::test]
async fn a_server_in_memory_begins_with_nothing_counted() {
    let shelf = Shelf::new("0.1.10");
    let key = shelf.value("--plan basic").await;

    for _ in 0..2 {
        let (mut server, url) = shelf.serve_with("--ephemeral").await;
        let counted = outcomes(&url, &key, 11).await;
        server.kill().await.unwrap();
        assert_eq!(counted, counts([("200", 100), (LIMIT_EXCEEDED, 10)]));
    }
}

#[tokio::test]
async fn commands_that_run_together_get_one_key() {
    let shelf = Shelf::new("0.1.11");

    let (first, second, third) = tokio::join!(
        shelf.value("--plan free"),
        shelf.value("--plan free"),
        shelf.value("--plan free")
    );

    assert_eq!((&first, &first), (&second, &third));
}

#[tokio::test]
async fn keys_are_made_disabled_and_deleted_while_it_serves() {
    let shelf = Shelf::new("0.1.8");
    let (mut server, url) = shelf.serve().await;
    assert_eq!(try_once(&url, None).await, FORBIDDEN);
    assert_eq!(try_once(&url, Some("guessed")).await, FORBIDDEN);

    let key = shelf.value("--plan free").await;
    assert_eq!(shelf.value("--plan free").await, key);
    assert_eq!(try_once(&url, Some(&key)).await, "200");
    let in_the_query = format!("{url}?x-api-key={key}");
    assert_eq!(try_once(&in_the_query, None).await, FORBIDDEN);
    let long = "k".repeat(21_000);
    assert!(try_once(&url, Some(&long)).await.starts_with("431"));

    shelf.key("disable free").await;
    assert_eq!(try_once(&url, Some(&key)).await, FORBIDDEN);
    shelf.key("enable free").await;
    assert_eq!(try_once(&url, Some(&key)).await, "200");
    shelf.key("delete free").await;
    assert_eq!(try_once(&url, Some(&key)).await, FORBIDDEN);
    server.kill().await.unwrap();
}

#[tokio::test]
async fn a_wrong_name_or_a_damaged_file_is_an_error_that_says_what_to_do() {
    let shelf = Shelf::new("0.1.9");
    shelf.value("--plan basic --name mine").await;
    let complaint = async |arguments| {
        let output = shelf.key(arguments).await;
        assert!(!output.status.success(), "{arguments}");
        String::from_utf8(output.stderr).unwrap()
    };

    for (arguments, expected) in [
        ("--plan gold", "the declared ones are basic, free"),
        ("--plan free --name mine", "belongs to the plan \"basic\""),
        ("disable yours", "`cargo local key list` lists them"),
    ] {
        let complaint = complaint(arguments).await;
        assert!(complaint.contains(expected), "{complaint}");
    }
    std::fs::write(shelf.usage_file(), "not a database; ".repeat(100)).unwrap();
    let listed = complaint("list").await;
    let started = shelf.command("--port 0").output().await.unwrap();
    for complaint in [listed, String::from_utf8(started.stderr).unwrap()] {
        assert!(complaint.contains("usage.sqlite"), "{complaint}");
        assert!(
            complaint.contains("if it is damaged, move it"),
            "{complaint}"
        );
    }
    std::fs::remove_file(shelf.usage_file()).unwrap();
    assert!(shelf.key("list").await.status.success());
    let (mut server, url) = shelf.serve().await;
    assert_eq!(try_once(&url, None).await, FORBIDDEN);
    server.kill().await.unwrap();
}
