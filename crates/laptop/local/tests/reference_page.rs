//! The reference page of a running front door, and to whom it gives its token.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Authorizer, Server, Settings};
use manifest::{ApiKind, Path, Route, Trigger, Workspace};
use tempfile::TempDir;

use support::{Answer, call, fixture, issuer};

const DOCUMENT: &str = r#"{"openapi":"3.1.0"}"#;

/// The fixture with a root folder of its own, in which the document may be.
fn workspace(fixture: &Workspace) -> (TempDir, Workspace) {
    let root = TempDir::new().unwrap();
    let mut workspace = fixture.clone();
    workspace.root = root.path().to_path_buf();
    (root, workspace)
}

async fn serve(settings: Settings, workspace: &Workspace) -> Server {
    let listener = settings.bind().await.unwrap();
    let programs = &fixture().await.programs;
    Server::open(settings, listener, workspace, programs)
        .await
        .unwrap()
}

/// A door over the fixture with a document.
async fn door(settings: Settings) -> (TempDir, Server) {
    let (root, workspace) = workspace(&fixture().await.workspace);
    std::fs::write(root.path().join("openapi.json"), DOCUMENT).unwrap();
    (root, serve(settings, &workspace).await)
}

async fn get(door: &Server, path: &str) -> Answer {
    call(Method::GET, format!("{}{path}", door.url()), None, "").await
}

/// The token in the page.
fn token(page: &Answer) -> &str {
    let (_, rest) = page.body.split_once("data-token=\"").unwrap();
    rest.split_once('"').unwrap().0
}

#[tokio::test]
async fn the_page_has_a_token_with_the_scopes_of_all_routes() {
    let (_root, door) = door(Settings::ephemeral(issuer())).await;

    let page = get(&door, "/_local/docs").await;
    let note = format!("{}/notes/1", door.url());
    let put = call(Method::PUT, &note, Some(token(&page)), "milk").await;

    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(
        door.reference_url(),
        Some(format!("{}/_local/docs", door.url()))
    );
    door.close().await;
}

#[tokio::test]
async fn the_pages_files_are_served_and_load_nothing_from_elsewhere() {
    let (_root, door) = door(Settings::ephemeral(issuer())).await;

    for (path, kind, part) in [
        (
            "/_local/docs",
            "text/html; charset=utf-8",
            "<!doctype html>",
        ),
        (
            "/_local/docs.js",
            "text/javascript; charset=utf-8",
            "createApiReference",
        ),
        (
            "/_local/scalar.js",
            "text/javascript; charset=utf-8",
            "createApiReference",
        ),
        ("/_local/openapi.json", "application/json", DOCUMENT),
    ] {
        let answer = get(&door, path).await;

        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["content-type"], kind, "{path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'; script-src 'self';"),
            "{path}"
        );
        assert!(answer.body.contains(part), "{path}");
    }
    door.close().await;
}

#[tokio::test]
async fn other_hosts_and_pages_get_no_token() {
    let (_root, door) = door(Settings::ephemeral(issuer())).await;
    let url = door.url();
    let own = url.strip_prefix("http://").unwrap();
    let port = own.rsplit_once(':').unwrap().1;
    let localhost = format!("localhost:{port}");
    let rebound = format!("evil.example:{port}");
    let client = Client::builder(TokioExecutor::new()).build_http();

    for (name, headers, status) in [
        ("the address bar", vec![("sec-fetch-site", "none")], 200),
        ("its own page", vec![("sec-fetch-site", "same-origin")], 200),
        ("its other name", vec![("host", localhost.as_str())], 200),
        (
            "a link on another page",
            vec![
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            200,
        ),
        ("a rebound name", vec![("host", rebound.as_str())], 403),
        ("another port", vec![("host", "127.0.0.1:1")], 403),
        (
            "a fetch by another page",
            vec![("origin", "https://evil.example")],
            403,
        ),
        ("a sandboxed page", vec![("origin", "null")], 403),
        (
            "a script element of another page",
            vec![
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-dest", "script"),
            ],
            403,
        ),
        (
            "a page of another port",
            vec![("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")],
            403,
        ),
        (
            "a frame in another page",
            vec![
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
            403,
        ),
    ] {
        let mut request = Request::get(format!("{url}/_local/docs"));
        for (header, value) in headers {
            request = request.header(header, value);
        }
        let request = request.body(Full::<bytes::Bytes>::default()).unwrap();
        let response = client.request(request).await.unwrap();
        let answered = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();

        assert_eq!(answered, status, "{name}");
        let has_token = body.windows(10).any(|part| part == b"data-token");
        assert_eq!(has_token, status == 200, "{name}");
    }
    door.close().await;
}

#[tokio::test]
async fn requests_of_the_page_begin_with_the_stage_of_a_rest_api() {
    for (api, base_path) in [(ApiKind::Http, ""), (ApiKind::Rest, "/prod")] {
        let (_root, door) = door(Settings {
            api,
            ..Settings::ephemeral(issuer())
        })
        .await;

        let url = door.reference_url().unwrap();
        let page = call(Method::GET, url, None, "").await;

        let attribute = format!("data-base-path=\"{base_path}\"");
        assert!(page.body.contains(&attribute), "{page:?}");
        door.close().await;
    }
}

#[tokio::test]
async fn without_a_document_the_page_says_how_to_write_one() {
    let (_root, workspace) = workspace(&fixture().await.workspace);
    let door = serve(Settings::ephemeral(issuer()), &workspace).await;

    let page = get(&door, "/_local/docs").await;

    assert_eq!(page.status, 404);
    assert!(page.body.contains("cargo run -q -p reference"), "{page:?}");
    door.close().await;
}

#[tokio::test]
async fn a_declared_route_has_precedence_over_the_page() {
    let (_root, mut workspace) = workspace(&fixture().await.workspace);
    for function in &mut workspace.functions {
        if let (Trigger::Http(http), "notes-get") = (&mut function.trigger, &*function.name) {
            http.route = Route::Path {
                method: manifest::Method::Get,
                path: Path::parse("/{noteId+}").unwrap(),
            };
        }
    }
    let door = serve(Settings::ephemeral(issuer()), &workspace).await;

    let answer = get(&door, "/_local/docs").await;

    assert!(
        answer.is(401, r#"{"message":"Unauthorized"}"#),
        "{answer:?}"
    );
    assert_eq!(door.reference_url(), None);
    door.close().await;
}

#[tokio::test]
async fn with_another_identity_provider_no_token_is_filled_in() {
    let mut settings = Settings::ephemeral(issuer());
    settings.authorizer = Authorizer::Provider {
        issuer: "https://id.example".to_owned(),
        audience: vec!["local".to_owned()],
    };
    let (_root, door) = door(settings).await;

    let page = get(&door, "/_local/docs").await;

    assert_eq!(token(&page), "");
    door.close().await;
}
