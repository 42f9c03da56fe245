//! Changed sources: what is affected is built and replaced, while the rest goes on.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use http::Method;
use local::{Server, Settings};

use crate::support::{self, call, copy_to_edit, issuer, load, token, trial, update};

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    support::edit(&folder.join(file), from, to);
}

/// One test, step by step, because each step changes what the steps before have built.
#[tokio::test]
async fn a_workspace_changes_while_it_is_served() {
    let copy = copy_to_edit(&[
        "shelf",
        "functions/notes-get",
        "functions/notes-put",
        "functions/trials-post",
    ]);
    let folder = copy.path().canonicalize().unwrap();
    let workspace = load(&folder, folder.join("target"));
    let settings = Settings::ephemeral(issuer());
    let listener = settings.bind().await.unwrap();
    let door = Server::open(settings, listener, &workspace, &BTreeMap::new())
        .await
        .unwrap();
    update(&door, &workspace).await;
    let door = Arc::new(door);
    let note = format!("{}/notes/1", door.url());
    let before = trial(&door, "echo").await;
    assert_eq!(before.headers["x-edition"], "first");

    // Somebody uses it all the while.
    let (over, served) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let user = tokio::spawn({
        let (over, served, door) = (Arc::clone(&over), Arc::clone(&served), Arc::clone(&door));
        async move {
            while !over.load(Ordering::Relaxed) {
                let answer = trial(&door, "echo").await;
                assert_eq!(answer.status, 200, "{answer:?}");
                served.fetch_add(1, Ordering::Relaxed);
            }
        }
    });

    // One function.
    edit(
        &folder,
        "functions/notes-get/src/main.rs",
        "no such note",
        "no note",
    );
    let changes = update(&door, &workspace).await;
    assert_eq!(changes.deployed, ["notes-get"]);
    let got = call(Method::GET, &note, Some(&token("")), "").await;
    assert!(got.is(404, r#"{"message":"no note"}"#), "{got:?}");

    // What all of them are built from.
    edit(&folder, "shelf/src/lib.rs", "\"first\"", "\"second\"");
    let changes = update(&door, &workspace).await;
    assert_eq!(changes.deployed, ["notes-get", "notes-put", "trials-post"]);
    let after = trial(&door, "echo").await;
    assert_eq!(after.headers["x-edition"], "second");

    // A mistake in one, a change in another.
    edit(
        &folder,
        "functions/notes-get/src/main.rs",
        "no note",
        "no\" note",
    );
    edit(
        &folder,
        "functions/notes-put/src/main.rs",
        "answer(200,",
        "answer(201,",
    );
    let changes = update(&door, &workspace).await;
    assert!(changes.built.failed.iter().eq(["notes-get"]));
    assert!(changes.built.errors.contains_key("notes-get"));
    assert_eq!(changes.deployed, ["notes-put"]);
    let put = call(Method::PUT, &note, Some(&token("notes:write")), "milk").await;
    assert_eq!(put.status, 201, "{put:?}");
    let got = call(Method::GET, &note, Some(&token("")), "").await;
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    edit(
        &folder,
        "functions/notes-get/src/main.rs",
        "no\" note",
        "no note",
    );

    // A declaration.
    edit(
        &folder,
        "functions/trials-post/Cargo.toml",
        "[\"GetItem\"]",
        "[\"PutItem\"]",
    );
    let workspace = load(&folder, folder.join("target"));
    update(&door, &workspace).await;
    let put = trial(&door, "put").await;
    assert!(put.is(200, r#"{"refused":null}"#), "{put:?}");

    // A function more, a function less.
    let (old, new) = (
        folder.join("functions/notes-get"),
        folder.join("functions/memos-get"),
    );
    std::fs::rename(&old, &new).unwrap();
    edit(
        &folder,
        "functions/memos-get/Cargo.toml",
        "notes-get",
        "memos-get",
    );
    edit(
        &folder,
        "functions/memos-get/Cargo.toml",
        "/notes/{noteId}",
        "/memos/{noteId}",
    );
    let workspace = load(&folder, folder.join("target"));
    let changes = update(&door, &workspace).await;
    assert_eq!(changes.deployed, ["memos-get"]);
    assert_eq!(changes.removed, ["notes-get"]);
    let memo = format!("{}/memos/1", door.url());
    let got = call(Method::GET, memo, Some(&token("")), "").await;
    assert!(got.status == 200 && got.body.contains("text"), "{got:?}");
    let gone = call(Method::GET, &note, Some(&token("")), "").await;
    assert_eq!(gone.status, 404);

    over.store(true, Ordering::Relaxed);
    user.await.unwrap();
    assert!(served.load(Ordering::Relaxed) > 0);
    Arc::into_inner(door).unwrap().close().await;
}
