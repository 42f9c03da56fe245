//! `cargo local db`, without a server and beside one.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::support::{cargo_local, copy_of_fixture};

const TWO_ITEMS: &str = concat!(
    r#"{"Item":{"id":{"S":"1"},"tags":{"SS":["a","b"]},"text":{"S":"milk"}}}"#,
    "\n",
    r#"{"Item":{"count":{"N":"12345678901234567890123456789012345678"},"id":{"S":"2"}}}"#,
    "\n",
);

/// Runs `cargo local` with `arguments` for the workspace in `folder`.
fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = cargo_local(folder, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `cargo local db …` with `input`.
async fn db(folder: &TempDir, arguments: &str, input: &str) -> Output {
    let mut child = command(folder.path(), &format!("db {arguments}"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .await;
    child.wait_with_output().await.unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// Starts a server in memory, and waits until it is ready.
async fn serve(folder: &TempDir) -> Child {
    let mut child = command(
        folder.path(),
        "--ephemeral --port 0 --no-watch --log-format json",
    )
    .stderr(Stdio::inherit())
    .spawn()
    .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.next_line().await.unwrap().unwrap();
    assert!(ready.contains(r#""type":"ready""#), "{ready}");
    child
}

fn records(folder: &TempDir) -> Vec<PathBuf> {
    let records = std::fs::read_dir(folder.path().join(".colonnade/servers")).unwrap();
    let paths = records.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|name| name == "json"))
        .collect()
}

#[tokio::test]
async fn exported_items_can_be_imported_after_a_reset() {
    let folder = copy_of_fixture();

    let imported = db(&folder, "import notes", TWO_ITEMS).await;
    let exported = db(&folder, "export notes", "").await;
    let reset = db(&folder, "reset --yes", "").await;
    let missing = db(&folder, "export notes", "").await;
    let again = db(&folder, "import notes", stdout(&exported)).await;
    let round_trip = db(&folder, "export notes", "").await;

    assert_eq!(stderr(&imported), "Imported 2 items.\n");
    assert_eq!(sorted(stdout(&exported)), sorted(TWO_ITEMS));
    assert!(stderr(&reset).starts_with("Deleted "), "{reset:?}");
    assert!(stderr(&missing).contains("does not exist"), "{missing:?}");
    assert!(again.status.success(), "{again:?}");
    assert_eq!(stdout(&round_trip), stdout(&exported));
}

#[tokio::test]
async fn a_reset_needs_a_confirmation() {
    let folder = copy_of_fixture();
    db(&folder, "import notes", TWO_ITEMS).await;

    let reset = db(&folder, "reset", "y\n").await;

    assert!(!reset.status.success());
    assert!(stderr(&reset).contains("confirm with --yes"), "{reset:?}");
    let exported = db(&folder, "export notes", "").await;
    assert_eq!(stdout(&exported).lines().count(), 2);
}

#[tokio::test]
async fn an_import_with_a_bad_line_writes_nothing() {
    let folder = copy_of_fixture();
    let lines = format!("{TWO_ITEMS}{}\n", r#"{"Item":{"id":"3"}}"#);

    let imported = db(&folder, "import notes", &lines).await;
    let exported = db(&folder, "export notes", "").await;

    assert!(!imported.status.success());
    let expected = "error: nothing was written: line 3: the attribute \"id\" has no type";
    assert!(stderr(&imported).starts_with(expected), "{imported:?}");
    assert_eq!(stdout(&exported), "");
}

#[tokio::test]
async fn an_import_says_how_many_items_were_written() {
    let folder = copy_of_fixture();
    let lines = format!("{TWO_ITEMS}{}\n", r#"{"Item":{"key":{"S":"3"}}}"#);

    let imported = db(&folder, "import notes", &lines).await;

    assert!(!imported.status.success());
    let expected = "error: line 3 cannot be written; items written before it: 2: ";
    assert!(stderr(&imported).starts_with(expected), "{imported:?}");
    assert!(
        stderr(&imported).contains("Missing the key id"),
        "{imported:?}"
    );
}

#[tokio::test]
async fn an_unknown_table_is_answered_with_the_known_ones() {
    let folder = copy_of_fixture();

    let imported = db(&folder, "import note", TWO_ITEMS).await;

    assert_eq!(
        stderr(&imported),
        "error: unknown table \"note\"; the tables are notes\n"
    );
}

#[tokio::test]
async fn without_a_server_the_file_of_the_database_is_named() {
    let folder = copy_of_fixture();

    let shown = db(&folder, "", "").await;

    assert!(!shown.status.success());
    assert!(
        stderr(&shown).contains("no server of this workspace is running"),
        "{shown:?}"
    );
    assert!(
        stderr(&shown).contains(".colonnade/dynamodb.sqlite"),
        "{shown:?}"
    );
}

/// One test, step by step, because the functions are built for it.
#[tokio::test]
async fn the_database_of_a_running_server_is_found_until_it_ends() {
    let folder = copy_of_fixture();

    let mut server = serve(&folder).await;
    let shown = db(&folder, "", "").await;
    let imported = db(&folder, "import notes", TWO_ITEMS).await;
    let exported = db(&folder, "export notes", "").await;
    let reset = db(&folder, "reset --yes", "").await;

    assert!(
        stdout(&shown).starts_with("export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:"),
        "{shown:?}"
    );
    assert!(stdout(&shown).contains("\nexport AWS_ACCESS_KEY_ID=ASIA"));
    assert!(stderr(&shown).contains("is in memory"), "{shown:?}");
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(sorted(stdout(&exported)), sorted(TWO_ITEMS));
    assert!(
        stderr(&reset).contains("stop that server first"),
        "{reset:?}"
    );
    // Nothing of it is in the file.
    assert!(!folder.path().join(".colonnade/dynamodb.sqlite").exists());

    // Only the owner can read the credentials.
    let record = records(&folder).pop().unwrap();
    let mode = std::fs::metadata(&record).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // Of several servers, one is chosen by its port.
    let kept = std::fs::read_to_string(&record).unwrap();
    let second = kept.replace(
        "\"url\":\"http://127.0.0.1:",
        "\"url\":\"http://127.0.0.2:1",
    );
    std::fs::write(record.with_file_name("1.json"), second).unwrap();
    let several = db(&folder, "", "").await;
    let port = record.file_stem().unwrap().to_str().unwrap();
    let chosen = db(&folder, &format!("--port {port}"), "").await;
    std::fs::remove_file(record.with_file_name("1.json")).unwrap();
    assert!(
        stderr(&several).contains("choose one with --port"),
        "{several:?}"
    );
    assert_eq!(stdout(&chosen), stdout(&shown));

    // A server that was killed leaves its record, which is recognized as such.
    let process = server.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-INT", &process]).status().await;
    assert!(kill.unwrap().success());
    assert!(server.wait().await.unwrap().success());
    assert!(records(&folder).is_empty());
    std::fs::write(&record, kept).unwrap();
    let stale = db(&folder, "", "").await;
    assert!(
        stderr(&stale).contains("no server of this workspace is running"),
        "{stale:?}"
    );
    assert!(records(&folder).is_empty());
}
