//! A real debugger on a function that `cargo local --debug` serves.

use std::process::Stdio;

use http::Method;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines},
    process::{Child, Command},
};

use crate::support::{call, cargo_local, copy_of_fixture, copy_to_edit};

/// Reads lines until one contains `end`, and returns all of them.
async fn lines_until(lines: &mut Lines<impl AsyncBufRead + Unpin>, end: &str) -> String {
    let mut text = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        text.push_str(&line);
        text.push('\n');
        if line.contains(end) {
            return text;
        }
    }
    panic!("{end:?} is not in:\n{text}");
}

/// Returns what follows `before` in `text`, up to a space or the end of the line.
fn word_after<'t>(text: &'t str, before: &str) -> &'t str {
    let rest = text.split(before).nth(1).unwrap();
    rest.split([' ', '\n', '.']).next().unwrap()
}

async fn end(mut child: Child) {
    let process = child.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-TERM", &process]).status();
    assert!(kill.await.unwrap().success());
    child.wait().await.unwrap();
}

#[tokio::test]
async fn a_breakpoint_shows_locals_and_the_client_is_answered() {
    if Command::new("gdb").arg("--version").output().await.is_err() {
        eprintln!("SKIPPED: gdb is not installed; install it with your system's packages");
        return;
    }
    let folder = copy_to_edit(&["functions/notes-get"]);
    let root = folder.path().canonicalize().unwrap();
    let source = root.join("functions/notes-get/src/main.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    let text = text.replace(
        "    Ok(match notes.get(id(&event)).await? {",
        "    let id = id(&event);\n    Ok(match notes.get(id).await? {",
    );
    std::fs::write(&source, &text).unwrap();
    let line = 1 + text
        .lines()
        .position(|l| l.contains("notes.get(id)"))
        .unwrap();
    let local = |arguments: &str| {
        let mut command = cargo_local(&root, arguments);
        command.stdin(Stdio::null());
        command
    };
    let mut serving = local("--debug notes-get --port 0 --ephemeral --no-watch --log-format json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(serving.stdout.take().unwrap()).lines();
    let mut instructions = BufReader::new(serving.stderr.take().unwrap()).lines();
    let ready = lines_until(&mut output, "\"ready\"").await;
    let ready: serde_json::Value = serde_json::from_str(ready.lines().last().unwrap()).unwrap();
    let printed = lines_until(&mut instructions, "rust-gdb -p").await;
    let process = word_after(&printed, "rust-gdb -p ");
    let token = local("token").output().await.unwrap();
    let token = String::from_utf8(token.stdout).unwrap();

    let mut gdb = Command::new("gdb")
        .args(["-batch", "-nx", "-p", process])
        .args([
            "-ex",
            &format!("break functions/notes-get/src/main.rs:{line}"),
        ])
        .args(["-ex", "continue", "-ex", "info locals", "-ex", "detach"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut examined = BufReader::new(gdb.stdout.take().unwrap()).lines();
    lines_until(&mut examined, "Breakpoint 1 at").await;
    let note = format!("{}/notes/milk", ready["endpoint"].as_str().unwrap());
    let request =
        tokio::spawn(async move { call(Method::GET, note, Some(token.trim()), "").await });
    let examined = lines_until(&mut examined, "detached").await;
    let answer = request.await.unwrap();

    assert!(examined.contains("notes_get::get"), "{examined}");
    assert!(examined.contains("id = \"milk\""), "{examined}");
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(answer.body.contains("no such note"), "{answer:?}");
    gdb.wait().await.unwrap();
    end(serving).await;
}

#[tokio::test]
async fn an_unknown_function_to_debug_is_refused() {
    let folder = copy_of_fixture();

    let output = cargo_local(folder.path(), "--debug note-get --port 0 --ephemeral")
        .output()
        .await
        .unwrap();

    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: --debug: no function is called \"note-get\"; did you mean \"notes-get\"?\n"
    );
}
