//! The front door as a REST API: the stage in the URL, events, and its own answers.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use http::{Method, Request};
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Server, Settings};
use manifest::{ApiKind, GatewayResponse, RequestValidation, ResponseType, Trigger};
use serde_json::{Value, json};
use tempfile::TempDir;

use support::{call, fixture, issuer, open, send, token, trial};

async fn rest_door(stage: &str) -> Server {
    open(Settings {
        api: ApiKind::Rest,
        stage: stage.to_owned(),
        ..Settings::ephemeral(issuer())
    })
    .await
}

#[tokio::test]
async fn a_note_is_kept_and_read_through_a_rest_api() {
    let door = rest_door("prod").await;
    assert!(door.url().ends_with("/prod"), "{}", door.url());
    let url = format!("{}/notes/1", door.url());

    let put = call(Method::PUT, &url, Some(&token("notes:write")), "milk").await;
    let got = call(Method::GET, &url, Some(&token("")), "").await;

    assert!(put.is(200, r#"{"text":"milk"}"#), "{put:?}");
    assert!(got.is(200, r#"{"text":"milk"}"#), "{got:?}");
    for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"] {
        assert!(got.headers.contains_key(name), "{name}");
    }
    assert!(!got.headers.contains_key("apigw-requestid"));
    door.close().await;
}

#[tokio::test]
async fn a_function_gets_the_event_of_a_rest_api() {
    let door = rest_door("live").await;

    let answer = trial(&door, "show the event").await;
    let event: Value = answer.json();

    assert_eq!(event["resource"], "/trials");
    assert_eq!(event["path"], "/trials");
    assert_eq!(event["requestContext"]["path"], "/live/trials");
    assert_eq!(event["body"], "show the event");
    assert_eq!(event.get("version"), None);
    assert_eq!(
        event["requestContext"]["requestId"],
        answer.headers["x-amzn-requestid"].to_str().unwrap()
    );
    door.close().await;
}

#[tokio::test]
async fn the_own_answers_of_a_rest_api_are_its_own() {
    let door = rest_door("prod").await;
    let url = door.url();

    let without_token = call(Method::GET, format!("{url}/notes/1"), None, "").await;
    let unknown = call(Method::GET, format!("{url}/pets"), None, "").await;
    let without_stage = call(Method::GET, url.trim_end_matches("/prod"), None, "").await;
    let failed = trial(&door, "exit").await;

    let expect = |answer: &support::Answer, status: u16, body: &str| {
        assert!(answer.is(status, body), "{answer:?}");
    };
    expect(&without_token, 401, r#"{"message":"Unauthorized"}"#);
    expect(
        &unknown,
        403,
        r#"{"message":"Missing Authentication Token"}"#,
    );
    expect(&without_stage, 403, r#"{"message":"Forbidden"}"#);
    expect(&failed, 502, r#"{"message": "Internal server error"}"#);
    door.close().await;
}

#[tokio::test]
async fn a_declared_gateway_response_replaces_the_default_one() {
    let fixture = fixture().await;
    let mut workspace = fixture.workspace.clone();
    let template = r#"{"error":$context.error.messageString}"#.to_owned();
    let response = GatewayResponse {
        status: Some(404),
        templates: [("application/json".to_owned(), template)].into(),
        ..GatewayResponse::default()
    };
    workspace
        .gateway_responses
        .insert(ResponseType::MissingAuthenticationToken, response);
    let settings = Settings {
        api: ApiKind::Rest,
        ..Settings::ephemeral(issuer())
    };
    let listener = settings.bind().await.unwrap();
    let opened = Server::open(settings, listener, &workspace, &fixture.programs).await;
    let door = opened.unwrap();

    let unknown = call(Method::GET, format!("{}/pets", door.url()), None, "").await;

    assert!(
        unknown.is(404, r#"{"error":"Missing Authentication Token"}"#),
        "{unknown:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn an_invalid_request_does_not_reach_its_function() {
    let folder = TempDir::new().unwrap();
    let document = json!({
        "openapi": "3.1.0",
        "paths": { "/trials": { "post": {
            "parameters": [{ "name": "mode", "in": "query", "required": true }],
            "requestBody": {
                "required": true,
                "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Trial" } },
                },
            },
        } } },
        "components": { "schemas": {
            "Trial": { "type": "object", "properties": { "text": { "type": "string" } } },
        } },
    });
    std::fs::write(folder.path().join("openapi.json"), document.to_string()).unwrap();
    let fixture = fixture().await;
    let mut workspace = fixture.workspace.clone();
    workspace.root = folder.path().to_owned();
    for function in &mut workspace.functions {
        if let (Trigger::Http(http), "trials-post") = (&mut function.trigger, &*function.name) {
            http.validation = RequestValidation::All;
        }
    }
    let settings = Settings {
        api: ApiKind::Rest,
        ..Settings::ephemeral(issuer())
    };
    let listener = settings.bind().await.unwrap();
    let opened = Server::open(settings, listener, &workspace, &fixture.programs).await;
    let door = opened.unwrap();
    let trials = format!("{}/trials", door.url());
    let url = format!("{trials}?mode=a");

    let without_parameter = post_json(&trials, r#"{"text": "a"}"#).await;
    let wrong = post_json(&url, r#"{"text": 1}"#).await;
    let valid = post_json(&url, r#"{"text": "a"}"#).await;
    // A function that ends its process is not invoked either, unless the media type has no model.
    let ending = post_json(&url, "exit").await;
    let of_another_type = call(Method::POST, &url, None, "show the event").await;

    let names = r#"{"message": "Missing required request parameters: [mode]"}"#;
    assert!(without_parameter.is(400, names), "{without_parameter:?}");
    let invalid = r#"{"message": "Invalid request body"}"#;
    assert!(wrong.is(400, invalid), "{wrong:?}");
    assert!(ending.is(400, invalid), "{ending:?}");
    assert_eq!(valid.json()["body"], r#"{"text": "a"}"#);
    assert_eq!(of_another_type.json()["body"], "show the event");
    door.close().await;
}

#[tokio::test]
async fn a_function_gets_a_binary_body_in_base64() {
    let fixture = fixture().await;
    let mut workspace = fixture.workspace.clone();
    workspace.api.binary_media_types = vec!["text/*".to_owned()];
    let settings = Settings {
        api: ApiKind::Rest,
        ..Settings::ephemeral(issuer())
    };
    let listener = settings.bind().await.unwrap();
    let opened = Server::open(settings, listener, &workspace, &fixture.programs).await;
    let door = opened.unwrap();

    let event = trial(&door, "show the event").await.json();

    assert_eq!(event["isBase64Encoded"], true);
    assert_eq!(event["body"], "c2hvdyB0aGUgZXZlbnQ=");
    door.close().await;
}

/// Sends a body with `Content-Type: application/json`.
async fn post_json(url: &str, body: &'static str) -> support::Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(url).header("content-type", "application/json");
    send(&client, request.body(Full::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_function_behind_a_rest_api_gets_the_cors_settings() {
    let variables = async |api| {
        let door = open(Settings {
            api,
            cors_origins: vec!["https://a.example".to_owned()],
            ..Settings::ephemeral(issuer())
        })
        .await;
        let variables: Value = trial(&door, "variables").await.json();
        door.close().await;
        variables["CORS"].clone()
    };

    let rest = variables(ApiKind::Rest).await;
    let settings: Value = serde_json::from_str(rest.as_str().unwrap()).unwrap();

    assert_eq!(settings["origins"][0], "https://a.example");
    assert_eq!(variables(ApiKind::Http).await, Value::Null);
}
