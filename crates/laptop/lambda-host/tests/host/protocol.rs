//! The Runtime API over HTTP.

use lambda_host::InvokeOutcome;
use serde_json::json;

use crate::support::{Lambda, PROTOCOL, fields, function_error, payload};

async fn text(lambda: &Lambda, event: &str) -> String {
    match lambda.invoke(json!(event)).await {
        InvokeOutcome::Payload(payload) => String::from_utf8(payload.to_vec()).unwrap(),
        other => panic!("{event}: {other:?}"),
    }
}

// Fact 9.1.
#[tokio::test]
async fn calls_out_of_turn_are_refused_with_lambdas_codes() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    assert_eq!(text(&lambda, "confuse").await, "\"confused\"");
    let heard = text(&lambda, "heard").await;

    let invalid_id = r#"400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#;
    let invalid_state = r#"403 {"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}"#;
    let expected = [
        ("another request's id", invalid_id),
        ("an invalid id", invalid_id),
        ("next while a request runs", invalid_state),
        ("an init error after init", invalid_state),
        ("an unknown path", "404 "),
        ("another method", "405 "),
        ("restore, which is not for this kind of function", "404 "),
        ("the answer", r#"202 {"status":"OK"}"#),
        ("the answer again", invalid_state),
        ("an invalid id outside of an invocation", invalid_id),
    ];
    let heard: Vec<_> = heard.lines().collect();
    assert_eq!(heard.len(), expected.len(), "{heard:#?}");
    for ((case, expected), heard) in expected.iter().zip(heard) {
        assert_eq!(heard, *expected, "{case}");
    }
}

// Fact 9.1.
#[tokio::test]
async fn next_carries_lambdas_headers() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    let head = text(&lambda, "headers").await;

    let header = |name: &str| {
        let prefix = format!("{name}: ");
        let line = head.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("no {name} in {head}"))
            .to_owned()
    };
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(header("Content-Type"), "application/json");
    assert!(
        uuid::Uuid::try_parse(&header("Lambda-Runtime-Aws-Request-Id")).is_ok(),
        "{head}"
    );
    assert_eq!(
        header("Lambda-Runtime-Invoked-Function-Arn"),
        "arn:aws:lambda:us-east-1:000000000000:function:pets"
    );
    assert_eq!(header("Lambda-Runtime-Deadline-Ms").len(), 13);
    let trace = header("Lambda-Runtime-Trace-Id");
    assert!(
        trace.starts_with("Root=1-") && trace.ends_with(";Sampled=0"),
        "{trace}"
    );
}

#[tokio::test]
async fn a_streamed_answer_is_gathered_as_for_any_http_api() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    assert_eq!(text(&lambda, "stream").await, "woof meow");
    assert_eq!(text(&lambda, "heard").await, r#"202 {"status":"OK"}"#);
}

// Fact 9.1.
#[tokio::test]
async fn an_error_in_the_trailers_of_a_stream_takes_the_answers_place() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    let error = function_error(lambda.invoke(json!("stream-and-fail")).await);

    assert_eq!(error, json!({ "ouch": true }));
    let report = lambda.log.reports(1).await.pop().unwrap();
    assert_eq!(fields(&report)["Error Type"], "Function.Bitten");
}

// Fact 9.1.
#[tokio::test]
async fn an_unknown_response_mode_is_refused() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    let error = function_error(lambda.invoke(json!("invalid-mode")).await);

    assert_eq!(error["errorType"], "Runtime.InvalidResponseModeHeader");
    assert_eq!(
        text(&lambda, "heard").await,
        r#"400 {"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}"#
    );
}

// Fact 9.1.
#[tokio::test]
async fn an_answer_that_breaks_off_is_a_truncated_response() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    let error = function_error(lambda.invoke(json!("truncate")).await);

    assert_eq!(error["errorType"], "Runtime.TruncatedResponse");
    assert_eq!(
        payload(lambda.invoke(json!("still here")).await),
        "still here"
    );
    assert_eq!(lambda.host.environments(), 1);
}

// Fact 9.1.
#[tokio::test]
async fn a_type_of_lambdas_form_stands_in_the_report() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    let error = function_error(lambda.invoke(json!("fail")).await);

    assert_eq!(error, json!({ "errorType": "x" }));
    let report = lambda.log.reports(1).await.pop().unwrap();
    assert_eq!(fields(&report)["Error Type"], "Function.Bitten");
}
