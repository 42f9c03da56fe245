//! The command itself, in a terminal.

use std::{fs::File, os::unix::fs::PermissionsExt, path::PathBuf, process::Stdio};

use http::Method;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::support::{call, cargo_local, copy_of_fixture, copy_to_edit, edit, is_running, until};

/// `cargo local` on a copy of the fixture.
struct Local {
    folder: TempDir,
}

/// One that serves.
struct Serving {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
    /// The `cargo local` command of the curl line, without `cargo local`.
    token_command: String,
    /// The URL of the curl line.
    target: String,
    /// Everything printed before that.
    greeting: String,
}

impl Local {
    fn new() -> Self {
        Self {
            folder: copy_of_fixture(),
        }
    }

    fn to_edit() -> Self {
        Self {
            folder: copy_to_edit(&["functions/notes-get"]),
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Where its standard error goes while it serves.
    fn complaints(&self) -> PathBuf {
        self.root().join("complaints.txt")
    }

    async fn complains(&self, of: &str) {
        until(async || {
            let complaints = std::fs::read_to_string(self.complaints()).unwrap();
            complaints.contains(of)
        })
        .await;
    }

    fn command(&self, arguments: &str) -> Command {
        cargo_local(&self.root(), arguments)
    }

    async fn serve(&self, arguments: &str) -> Serving {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(File::create(self.complaints()).unwrap())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        let mut url = String::new();
        loop {
            let line = output.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended: {greeting}"));
            if let Some(rest) = line.strip_prefix("Serving on ") {
                url = rest.split(',').next().unwrap().to_owned();
            }
            let sample = line.trim_start_matches("  try   ");
            let sample = sample.strip_prefix("curl -H \"Authorization: Bearer $(cargo local ");
            if let Some((token_command, target)) = sample.and_then(|line| line.split_once(")\" ")) {
                return Serving {
                    child,
                    output,
                    url,
                    token_command: token_command.to_owned(),
                    target: target.to_owned(),
                    greeting,
                };
            }
            greeting.push_str(&line);
            greeting.push('\n');
        }
    }
}

impl Serving {
    /// Runs the token command of the curl line.
    async fn token(&self) -> String {
        let shell = format!(
            "'{}' {}",
            env!("CARGO_BIN_EXE_cargo-local"),
            self.token_command
        );
        let output = Command::new("sh").args(["-c", &shell]).output().await;
        let token = String::from_utf8(output.unwrap().stdout).unwrap();
        token.trim().to_owned()
    }

    async fn lines_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while let Some(line) = self.output.next_line().await.unwrap() {
            text.push_str(&line);
            text.push('\n');
            if line.contains(end) {
                break;
            }
        }
        text
    }

    /// Sends a signal and waits for the end.
    async fn end(&mut self, signal: &str) -> std::process::ExitStatus {
        let process = self.child.id().unwrap().to_string();
        let kill = Command::new("kill").args([signal, &process]).status().await;
        assert!(kill.unwrap().success());
        self.child.wait().await.unwrap()
    }
}

/// One test, step by step, because most steps need the server of the steps before.
#[tokio::test]
async fn a_developer_serves_calls_edits_and_stops() {
    let local = Local::to_edit();

    let mut serving = local.serve("--port 0").await;
    let Serving { url, greeting, .. } = &serving;
    let url = url.clone();
    for line in [
        "3 routes, database .colonnade/dynamodb.sqlite",
        "GET   /notes/{noteId}  token              notes-get",
        "PUT   /notes/{noteId}  scope notes:write  notes-put",
        "POST  /trials          public             trials-post",
    ] {
        assert!(greeting.contains(line), "{greeting}");
    }

    // The line to paste.
    let (token, target) = (serving.token().await, serving.target.clone());
    let pasted = call(Method::GET, &target, Some(&token), "").await;
    assert_eq!(pasted.status, 404, "{pasted:?}");
    assert!(pasted.body.contains("no such note"), "{pasted:?}");
    let note = format!("{url}/notes/1");
    let refused = call(Method::PUT, &note, Some(&token), "milk").await;
    assert_eq!(refused.status, 403, "{refused:?}");

    // A token of one's own.
    let output = local
        .command("token --sub bob --scope notes:write")
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let put = call(Method::PUT, &note, Some(printed.trim()), "milk").await;
    assert_eq!(put.status, 200, "{put:?}");
    let log = serving.lines_until("200 PUT    /notes/1").await;
    assert!(!log.contains("REPORT RequestId: "), "{log}");
    let got = call(Method::GET, &note, Some(printed.trim()), "").await;
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    let expired = local
        .command("token --expires-in -1m")
        .output()
        .await
        .unwrap();
    let expired = String::from_utf8(expired.stdout).unwrap();
    let refused = call(Method::GET, &target, Some(expired.trim()), "").await;
    assert_eq!(refused.status, 401, "{refused:?}");

    // What is kept is the user's alone.
    for (name, mode) in [
        ("", 0o700),
        ("issuer-key.pem", 0o600),
        ("dynamodb.sqlite", 0o600),
    ] {
        let file = local.root().join(".colonnade").join(name);
        let permissions = std::fs::metadata(file).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, mode, "{name}");
    }

    // A second one for the same database.
    let second = local.command("--port 0").output().await.unwrap();
    let complaint = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success());
    assert!(
        complaint.contains("dynamodb.sqlite is in use, perhaps by another"),
        "{complaint}"
    );
    assert!(!complaint.contains("Building"), "{complaint}");

    // An edit.
    let source = local.root().join("functions/notes-get/src/main.rs");
    edit(&source, "no such note", "no note of that name");
    let unknown = format!("{url}/notes/unknown");
    until(async || {
        let got = call(Method::GET, &unknown, Some(&token), "").await;
        got.body.contains("of that name")
    })
    .await;

    // An edit that does not compile, and one that takes the declaration away.
    edit(&source, "no note of that name", "no note\" of that name");
    local.complains("functions/notes-get/src/main.rs:17:").await;
    local
        .complains("✗ notes-get: 2 errors, serving the build of ")
        .await;
    edit(
        &local.root().join("functions/notes-get/Cargo.toml"),
        "method",
        "methods",
    );
    local
        .complains("route.methods: unknown field; did you mean \"method\"?")
        .await;
    let got = call(Method::GET, format!("{url}/notes/1"), Some(&token), "").await;
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");

    // The end, of it and of what it started.
    let answer = call(Method::POST, format!("{url}/trials"), None, "process").await;
    let process = answer.json()["process"].as_u64().unwrap();
    assert!(is_running(process));
    let status = serving.end("-INT").await;
    assert!(status.success(), "{status}");
    assert!(!is_running(process));

    // Again, with what was kept.
    edit(&source, "no note\" of that name", "no note of that name");
    edit(
        &local.root().join("functions/notes-get/Cargo.toml"),
        "methods",
        "method",
    );
    let mut serving = local.serve("--port 0 --no-watch").await;
    let note = format!("{}/notes/1", serving.url);
    let got = call(Method::GET, note, Some(&token), "").await;
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    let status = serving.end("-TERM").await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line() {
    let local = Local::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();

    let output = local
        .command(&format!("--ephemeral --port {port}"))
        .output()
        .await
        .unwrap();

    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(
        complaint,
        format!(
            "error: port {port} of 127.0.0.1 is in use; choose another with --port, or stop \
             the program that uses it\n"
        )
    );
}

#[tokio::test]
async fn the_folder_of_a_database_must_exist() {
    let local = Local::new();
    let folder = local.root().join("missing/folder");

    let arguments = format!("--port 0 --database {}/data", folder.display());
    let output = local.command(&arguments).output().await.unwrap();

    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        complaint.contains("missing/folder/data does not exist; create it first"),
        "{complaint}"
    );
    assert!(!local.root().join("missing").exists());
}

#[tokio::test]
async fn a_wrong_declaration_is_reported() {
    let local = Local::new();
    let manifest = local.root().join("functions/notes-get/Cargo.toml");
    edit(&manifest, "\"GetItem\"", "\"GetItems\"");

    let output = local
        .command("--ephemeral --port 0")
        .output()
        .await
        .unwrap();

    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    let expected = "functions/notes-get/Cargo.toml:12: package.metadata.route.tables.notes: \
                    unknown action \"GetItems\"; did you mean";
    assert!(complaint.contains(expected), "{complaint}");
}

#[tokio::test]
async fn cargo_calls_an_installed_subcommand_with_its_name() {
    let local = Local::new();

    let output = local.command("local token").output().await.unwrap();

    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout.split(|byte| *byte == b'.').count(), 3);
}

#[tokio::test]
async fn a_token_needs_no_server_and_no_working_declarations() {
    let local = Local::new();
    edit(
        &local.root().join("functions/notes-get/Cargo.toml"),
        "\"GET\"",
        "\"GOT\"",
    );

    let output = local.command("token").output().await.unwrap();

    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'.').count(),
        2
    );
}
