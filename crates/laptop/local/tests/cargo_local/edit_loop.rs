//! Building while serving: each function is served as soon as it is linked.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Output, Stdio},
};

use http::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::{Answer, call, cargo_local, copy_of_fixture, copy_to_edit, edit, until};

/// `cargo local` on a copy of the fixture.
struct Local {
    folder: TempDir,
}

impl Local {
    fn new() -> Self {
        Self {
            folder: copy_of_fixture(),
        }
    }

    fn to_edit(packages: &[&str]) -> Self {
        Self {
            folder: copy_to_edit(packages),
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        cargo_local(&self.root(), arguments)
    }

    async fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().await.unwrap()
    }

    async fn token(&self) -> String {
        let output = self.run("token --scope notes:write").await;
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn start(&self, arguments: &str) -> Child {
        self.command(arguments)
            .args(["--ephemeral", "--port", "0", "--log-format", "json"])
            .stdout(Stdio::piped())
            .stderr(File::create(self.file("stderr")).unwrap())
            .spawn()
            .unwrap()
    }

    fn stderr(&self) -> String {
        fs::read_to_string(self.file("stderr")).unwrap()
    }

    /// Waits for the URL, which is printed before the build.
    async fn url(&self) -> String {
        let url = || {
            let stderr = self.stderr();
            let (_, rest) = stderr.split_once("http://")?;
            let (address, _) = rest.split_once(' ')?;
            Some(format!("http://{address}"))
        };
        until(async || url().is_some()).await;
        url().unwrap()
    }
}

/// Waits for the line that says that everything is built.
async fn ready(child: &mut Child) -> Value {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("it ended");
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["type"] == "ready" {
            return line;
        }
    }
}

/// Sends a request, again if the function was not built in the time that a request waits.
async fn call_built(method: Method, url: &str, token: &str, body: &'static str) -> Answer {
    loop {
        let answer = call(method.clone(), url, Some(token), body).await;
        if answer.status != 503 {
            return answer;
        }
    }
}

#[tokio::test]
async fn an_edit_during_the_first_build_is_in_the_first_answer() {
    let local = Local::to_edit(&["functions/notes-get", "functions/notes-put"]);
    let token = local.token().await;
    // The build of notes-put reads a named pipe, so it ends when the test writes to the pipe.
    let pipe = local.file("go");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let slow = "fn main() { std::fs::read(\"../../go\").unwrap(); }";
    fs::write(local.file("functions/notes-put/build.rs"), slow).unwrap();

    let mut child = local.start("");
    let note = format!("{}/notes/1", local.url().await);
    let before = call_built(Method::GET, &note, &token, "").await;
    let source = local.file("functions/notes-get/src/main.rs");
    edit(&source, "no such note", "no note of that name");
    fs::write(&pipe, "").unwrap();
    let put = call_built(Method::PUT, &format!("{note}0"), &token, "milk").await;
    ready(&mut child).await;
    let after = call(Method::GET, &note, Some(&token), "").await;

    assert!(before.body.contains("no such note"), "{before:?}");
    assert!(put.is(200, r#"{"text":"milk"}"#), "{put:?}");
    assert!(after.body.contains("no note of that name"), "{after:?}");
}

#[tokio::test]
async fn a_function_that_does_not_compile_stops_no_other() {
    let local = Local::to_edit(&["functions/notes-get"]);
    let token = local.token().await;
    let source = local.file("functions/notes-get/src/main.rs");
    edit(&source, "\"no such note\"", "no_such_note");

    let mut child = local.start("");
    let ready = ready(&mut child).await;
    let note = format!("{}/notes/1", ready["endpoint"].as_str().unwrap());
    let put = call(Method::PUT, &note, Some(&token), "milk").await;
    let broken = call(Method::GET, &note, Some(&token), "").await;
    let report = local.stderr();
    edit(&source, "no_such_note", "\"no such note\"");
    until(async || {
        let fixed = call(Method::GET, &note, Some(&token), "").await;
        fixed.is(200, r#"{"text":"milk"}"#)
    })
    .await;

    assert_eq!(put.status, 200, "{put:?}");
    assert!(
        broken.is(500, r#"{"message":"Internal Server Error"}"#),
        "{broken:?}"
    );
    let errors = report.matches("--> functions/notes-get/src/main.rs:");
    assert_eq!(errors.count(), 1, "{report}");
    let line = "✗ notes-get: 1 error, not served until it compiles\n";
    assert!(report.contains(line), "{report}");
}

#[tokio::test]
async fn without_watching_every_function_must_compile() {
    let local = Local::to_edit(&["functions/notes-get"]);
    let source = local.file("functions/notes-get/src/main.rs");
    edit(&source, "no such note", "no\" such note");

    let output = local.run("--ephemeral --port 0 --no-watch").await;

    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(stderr.contains("the functions do not compile"), "{stderr}");
}

#[tokio::test]
async fn only_the_selected_functions_are_served() {
    let local = Local::new();

    let mut child = local.start("--only notes-get,trials-*");
    let ready = ready(&mut child).await;
    let url = ready["endpoint"].as_str().unwrap();
    let trial = call(Method::POST, format!("{url}/trials"), None, "echo").await;
    let put = call(Method::PUT, format!("{url}/notes/1"), None, "milk").await;

    let functions = serde_json::json!(["notes-get", "trials-post"]);
    assert_eq!(ready["functions"], functions);
    assert_eq!(trial.status, 200, "{trial:?}");
    assert_eq!(put.status, 404, "{put:?}");
    let stderr = local.stderr();
    assert!(
        stderr.contains("--only leaves out 2 of 4 functions."),
        "{stderr}"
    );
}

#[tokio::test]
async fn an_unknown_function_is_refused_with_a_suggestion() {
    let local = Local::new();

    let output = local.run("--only note-get").await;

    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(
        stderr,
        "error: --only: no function is called \"note-get\"; did you mean \"notes-get\"?\n"
    );
}
