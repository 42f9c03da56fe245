//! The whole front door over a workspace that is not this repository's: real processes, a real
//! database, real tokens.

use dynamodb_host::Storage;
use http::Method;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use local::{Authorizer, Error, Server, Settings};
use manifest::{Mapping, Trigger};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{
    Fixture, call, claims, door, fixture, is_running, issuer, new_issuer, open, token, trial,
};

#[tokio::test]
async fn a_note_is_kept_and_read_by_real_processes() {
    let door = door().await;
    let url = format!("{}/notes/1", door.url());

    let put = call(Method::PUT, &url, Some(&token("notes:write")), "milk").await;
    let got = call(Method::GET, &url, Some(&token("")), "").await;

    assert!(put.is(200, r#"{"text":"milk"}"#), "{put:?}");
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    assert_eq!(got.headers["connection"], "keep-alive");
    assert_eq!(got.headers["content-length"], "15");
    assert!(got.headers.contains_key("apigw-requestid"));
    assert!(got.headers.contains_key("date"));
    assert_eq!(door.environments(), 2);
    door.close().await;
}

#[tokio::test]
async fn a_declared_mapping_changes_the_event_and_the_response() {
    let mut workspace = fixture().await.workspace.clone();
    let mapping = Mapping::parse(
        &[("append:header.x-path", "$request.path")],
        &[(200, &[("overwrite:statuscode", "202")])],
    );
    for function in &mut workspace.functions {
        if let (Trigger::Http(http), "trials-post") = (&mut function.trigger, &*function.name) {
            http.mapping = mapping.clone().unwrap();
        }
    }
    let settings = Settings::ephemeral(issuer());
    let listener = settings.bind().await.unwrap();
    let programs = &fixture().await.programs;
    let opened = Server::open(settings, listener, &workspace, programs).await;
    let door = opened.unwrap();

    let answer = trial(&door, "show the event").await;

    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["headers"]["x-path"], "/trials");
    door.close().await;
}

#[tokio::test]
async fn the_gateways_own_answers_are_its_own() {
    let door = door().await;
    let note = format!("{}/notes/1", door.url());

    let without_token = call(Method::GET, &note, None, "").await;
    let few_scopes = call(Method::PUT, &note, Some(&token("notes:read")), "").await;
    let unknown_path = call(Method::GET, format!("{}/pets", door.url()), None, "").await;
    let unknown_method = call(Method::DELETE, &note, Some(&token("")), "").await;

    assert!(
        without_token.is(401, r#"{"message":"Unauthorized"}"#),
        "{without_token:?}"
    );
    assert_eq!(without_token.headers["www-authenticate"], "Bearer");
    assert!(
        few_scopes.is(403, r#"{"message":"Forbidden"}"#),
        "{few_scopes:?}"
    );
    for answer in [unknown_path, unknown_method] {
        assert!(answer.is(404, r#"{"message":"Not Found"}"#), "{answer:?}");
    }
    assert_eq!(door.environments(), 0);
    door.close().await;
}

#[tokio::test]
async fn a_token_that_is_wrong_in_one_way_is_refused() {
    let door = door().await;
    let note = format!("{}/notes/1", door.url());
    let issuer = issuer();
    let mut other_audience = claims("");
    other_audience.audience = "elsewhere".to_owned();
    let mut expired = claims("");
    expired.issued_at -= SignedDuration::from_hours(1);
    let says_like = |claims: &local::TokenRequest| {
        json!({
            "iss": issuer.url(), "sub": "alice", "aud": claims.audience,
            "iat": claims.issued_at.as_second(), "exp": claims.issued_at.as_second() + 300,
        })
    };
    let good = issuer.token(&claims("")).unwrap();
    let key_id = jsonwebtoken::decode_header(&good).unwrap().kid;
    let mut hs256 = Header::new(Algorithm::HS256);
    hs256.kid = key_id.clone();
    let secret = EncodingKey::from_secret(b"the public key");
    let (_, rest) = good.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();

    let accepted = call(Method::GET, &note, Some(&good), "").await;
    let cases = [
        ("expired", issuer.token(&expired).unwrap()),
        ("another audience", issuer.token(&other_audience).unwrap()),
        ("another key", new_issuer().token(&claims("")).unwrap()),
        (
            "HS256",
            jsonwebtoken::encode(&hs256, &says_like(&claims("")), &secret).unwrap(),
        ),
        // {"alg":"none"}
        ("no signature", format!("eyJhbGciOiJub25lIn0.{payload}.")),
        (
            "a changed payload",
            good.replacen(payload, &payload.to_lowercase(), 1),
        ),
        ("no token at all", "not-a-token".to_owned()),
    ];

    assert_eq!(accepted.status, 404, "{accepted:?}");
    for (name, token) in cases {
        let refused = call(Method::GET, &note, Some(&token), "").await;
        assert!(
            refused.is(401, r#"{"message":"Unauthorized"}"#),
            "{name}: {refused:?}"
        );
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("invalid_token"), "{name}: {challenge}");
    }
    door.close().await;
}

#[tokio::test]
async fn keys_of_an_identity_provider_are_fetched_over_http() {
    let provider = new_issuer();
    let shows_documents = open(Settings::ephemeral(provider.clone())).await;
    assert!(shows_documents.shows_issuer_documents());
    let mut settings = Settings::ephemeral(issuer());
    settings.authorizer = Authorizer::Provider {
        issuer: provider.url(),
        audience: vec!["local".to_owned()],
    };
    let door = open(settings).await;
    let note = format!("{}/notes/1", door.url());

    let accepted = call(
        Method::GET,
        &note,
        Some(&provider.token(&claims("")).unwrap()),
        "",
    )
    .await;
    let refused = call(Method::GET, &note, Some(&token("")), "").await;

    assert_eq!(accepted.status, 404, "{accepted:?}");
    assert_eq!(refused.status, 401, "{refused:?}");
    door.close().await;
    shows_documents.close().await;
}

#[tokio::test]
async fn an_identity_provider_that_is_away_is_said_to_be_so() {
    let provider = new_issuer();
    let mut settings = Settings::ephemeral(issuer());
    settings.authorizer = Authorizer::Provider {
        issuer: provider.url(),
        audience: vec!["local".to_owned()],
    };
    let door = open(settings).await;
    let token = provider.token(&claims("")).unwrap();

    let refused = call(
        Method::GET,
        format!("{}/notes/1", door.url()),
        Some(&token),
        "",
    )
    .await;

    assert_eq!(refused.status, 401);
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains("OIDC discovery endpoint communication error"),
        "{challenge}"
    );
    door.close().await;
}

#[tokio::test]
async fn a_call_that_is_not_declared_is_denied() {
    let door = door().await;

    let answer = trial(&door, "put").await;

    assert!(
        answer.is(200, r#"{"refused":"AccessDeniedException"}"#),
        "{answer:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn a_function_that_fails_crashes_or_hangs_is_a_500_and_works_again() {
    let door = door().await;

    for what in ["fail", "exit", "hang"] {
        let failed = trial(&door, what).await;
        assert!(
            failed.is(500, r#"{"message":"Internal Server Error"}"#),
            "{what}: {failed:?}"
        );
        let works = trial(&door, "echo").await;
        assert_eq!(works.status, 200, "after {what}: {works:?}");
    }
    door.close().await;
}

#[tokio::test]
async fn requests_that_overlap_have_a_process_each() {
    let door = door().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wait = format!("wait {}", listener.local_addr().unwrap());

    let (one, two, three, ()) = tokio::join!(
        trial(&door, wait.clone()),
        trial(&door, wait.clone()),
        trial(&door, wait),
        async {
            let mut waiting = Vec::new();
            for _ in 0..3 {
                waiting.push(listener.accept().await.unwrap());
            }
        },
    );

    let mut processes: Vec<u64> = [one, two, three]
        .iter()
        .map(|answer| answer.json()["process"].as_u64().unwrap())
        .collect();
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3);
    assert_eq!(door.environments(), 3);
    assert!(processes.iter().all(|process| is_running(*process)));
    door.close().await;
    assert!(!processes.iter().any(|process| is_running(*process)));
}

#[tokio::test]
async fn the_event_is_that_of_an_http_api() {
    let door = door().await;

    let event = trial(&door, "echo").await.json();

    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "POST /trials");
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(event["body"], "echo");
    door.close().await;
}

#[tokio::test]
async fn notes_in_a_file_survive_a_restart() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut settings = Settings::ephemeral(issuer());
    settings.storage = Storage::File(folder.path().join("dynamodb.sqlite"));

    let door = open(settings.clone()).await;
    let url = format!("{}/notes/1", door.url());
    let put = call(Method::PUT, url, Some(&token("notes:write")), "milk").await;
    assert_eq!(put.status, 200, "{put:?}");
    door.close().await;
    let door = open(settings).await;

    let url = format!("{}/notes/1", door.url());
    let got = call(Method::GET, url, Some(&token("")), "").await;
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    door.close().await;
}

#[tokio::test]
async fn a_port_or_database_in_use_is_refused_with_advice() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut settings = Settings::ephemeral(issuer());
    settings.storage = Storage::File(folder.path().join("dynamodb.sqlite"));
    let door = open(settings.clone()).await;

    let listener = settings.bind().await.unwrap();
    let Fixture {
        workspace,
        programs,
    } = fixture().await;
    let database = Server::open(settings.clone(), listener, workspace, programs).await;
    settings.address = door.url().trim_start_matches("http://").parse().unwrap();
    let port = settings.bind().await;

    let database = database.unwrap_err();
    assert!(
        matches!(database, Error::DatabaseInUse { .. }),
        "{database}"
    );
    assert!(database.to_string().contains("--ephemeral"), "{database}");
    let port = port.unwrap_err();
    assert!(
        port.to_string().contains("choose another with --port"),
        "{port}"
    );
    door.close().await;
}

#[tokio::test]
async fn other_origins_keep_the_declared_cors_settings() {
    let mut settings = Settings::ephemeral(issuer());
    settings.cors_origins = vec!["https://pages.example".to_owned()];
    let door = open(settings).await;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<http_body_util::Full<bytes::Bytes>>();

    let preflight = http::Request::builder()
        .method(Method::OPTIONS)
        .uri(format!("{}/notes/1", door.url()))
        .header("origin", "https://pages.example")
        .header("access-control-request-method", "PUT")
        .body(http_body_util::Full::default())
        .unwrap();
    let answer = client.request(preflight).await.unwrap();

    assert_eq!(answer.status(), 204);
    for (name, value) in [
        ("access-control-allow-origin", "https://pages.example"),
        ("access-control-allow-methods", "GET,PUT"),
        ("access-control-allow-headers", "authorization"),
        ("access-control-max-age", "60"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    door.close().await;
}
