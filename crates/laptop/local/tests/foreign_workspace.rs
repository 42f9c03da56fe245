//! Functions as people write them without Colonnade's kit: with `lambda_http`, axum and `aws-config`.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "cargo_local/support.rs"]
mod support;

use std::{collections::BTreeMap, path::Path};

use http::Method;
use local::{Server, Settings};

use support::{call, issuer, load, target_directory, update};

/// One test, because the functions are built for it.
#[tokio::test]
async fn functions_of_another_workspace_are_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let workspace = load(&folder, target_directory());
    let settings = Settings::ephemeral(issuer());
    let listener = settings.bind().await.unwrap();
    let server = Server::open(settings, listener, &workspace, &BTreeMap::new())
        .await
        .unwrap();
    let built = update(&server, &workspace).await.built;
    assert!(built.failed.is_empty(), "{:?} do not compile", built.failed);
    let url = |path| format!("{}{path}", server.url());

    let greeting = call(Method::GET, url("/greetings/Zo%C3%AB?word=hi"), None, "").await;
    let entry = url("/guestbook/entries/1");
    let missing = call(Method::GET, &entry, None, "").await;
    let written = call(Method::PUT, &entry, None, "It was fine.").await;
    let read = call(Method::GET, &entry, None, "").await;

    assert!(greeting.is(200, "hi Zoë"), "{greeting:?}");
    assert!(missing.is(404, ""), "{missing:?}");
    assert!(written.is(204, ""), "{written:?}");
    assert!(read.is(200, "It was fine."), "{read:?}");
    assert_eq!(workspace.without_route, ["thumbnails"]);
    server.close().await;
}
