//! Environment variables of functions: declared values, `--env-file`, parameters and secrets.

use std::io::Write;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Server, Settings};
use manifest::{Variable, Variables, Workspace};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::{fixture, issuer, trial};

/// Serves the fixture, where `POST /trials` has `variables` and `--env-file` has `lines`.
async fn serve(variables: &[(&str, Variable)], lines: &str) -> (Server, Value) {
    let fixture = fixture().await;
    let mut workspace: Workspace = fixture.workspace.clone();
    let function = workspace.functions.iter_mut();
    let function = { function }.find(|f| f.name == "trials-post").unwrap();
    function.environment = variables
        .iter()
        .map(|(name, variable)| ((*name).to_owned(), variable.clone()))
        .collect::<Variables>();
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    let mut settings = Settings::ephemeral(issuer());
    settings.execution.env_file = Some(file.path().to_path_buf());
    let listener = settings.bind().await.unwrap();
    let server = Server::open(settings, listener, &workspace, &fixture.programs)
        .await
        .unwrap();
    let variables = trial(&server, "variables").await.json();
    (server, variables)
}

fn value(text: &str) -> Variable {
    Variable::Value(text.to_owned())
}

fn secret(name: &str) -> Variable {
    Variable::Secret {
        secret: name.to_owned(),
    }
}

/// Calls Secrets Manager as the function with these variables. Returns the status and the body.
async fn get_secret(variables: &Value, token: &str, name: &str) -> (u16, Value) {
    let request = Request::builder()
        .method(Method::POST)
        .uri(
            variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"]
                .as_str()
                .unwrap(),
        )
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .header("x-amz-security-token", token)
        .body(Full::<Bytes>::from(json!({ "SecretId": name }).to_string()))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_function_has_its_declared_variables() {
    let (_server, variables) = serve(&[("LOG_LEVEL", value("info"))], "").await;

    assert_eq!(variables["LOG_LEVEL"], "info");
}

#[tokio::test]
async fn a_file_replaces_values_and_supplies_parameters() {
    let parameter = || Variable::Parameter {
        parameter: "/notes/limit".to_owned(),
    };
    let declared = [
        ("LOG_LEVEL", value("info")),
        ("LIMIT", parameter()),
        ("OTHER_LIMIT", parameter()),
    ];
    let lines = "# For tests.\nLOG_LEVEL=debug\nLIMIT='5 a day'\nUNDECLARED=1\nRUST_LOG=trace\n";

    let (_server, variables) = serve(&declared, lines).await;

    assert_eq!(variables["LOG_LEVEL"], "debug");
    assert_eq!(variables["LIMIT"], "5 a day");
    assert_eq!(variables["OTHER_LIMIT"], Value::Null);
    assert_eq!(variables["UNDECLARED"], Value::Null);
    assert_eq!(variables["RUST_LOG"], "trace");
}

#[tokio::test]
async fn a_function_reads_the_secrets_that_it_declares() {
    let declared = [("API_KEY", secret("notes/api-key")), ("PIN", secret("pin"))];

    let (_server, variables) = serve(&declared, "API_KEY=hunter2\n").await;
    let token = variables["AWS_SESSION_TOKEN"].as_str().unwrap();
    let read = get_secret(&variables, token, "notes/api-key").await;
    let without_value = get_secret(&variables, token, "pin").await;
    let undeclared = get_secret(&variables, token, "other").await;
    let stranger = get_secret(&variables, "another", "notes/api-key").await;

    assert_eq!(variables["API_KEY"], "notes/api-key");
    assert_eq!((read.0, &read.1["SecretString"]), (200, &json!("hunter2")));
    for (refused, kind) in [
        (without_value, "ResourceNotFoundException"),
        (undeclared, "AccessDeniedException"),
        (stranger, "UnrecognizedClientException"),
    ] {
        assert_eq!((refused.0, &refused.1["__type"]), (400, &json!(kind)));
    }
}
