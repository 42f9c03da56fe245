//! Payload format 1.0, as AWS's .NET test tool recorded it from an HTTP API in April 2025.

use gateway::{Configuration, HttpApi, Outcome, PayloadFormat, Response, Route};
use serde_json::{Value, json};

use crate::fixture::{With, get, invoked, request, route};

fn api(key: &str) -> HttpApi {
    HttpApi::new(Configuration {
        routes: vec![Route {
            payload_format: PayloadFormat::V1,
            ..route(key)
        }],
        ..Configuration::default()
    })
    .unwrap()
}

fn respond(output: &str) -> Response {
    let api = api("GET /");
    let invocation = invoked(&api, &get("/"));
    api.answer(
        &invocation,
        &get("/"),
        Outcome::Payload(output.to_owned().into()),
    )
    .response
}

#[test]
fn payload_format_1_0_is_the_recorded_shape() {
    let api = api("POST /things/{id}/parts");
    let request = request(
        "POST",
        "/things/12%203/parts?status=pending&tag=a+b&tag=urgent",
    )
    .with("user-agent", "TestAgent")
    .with("cookie", "session=abc123; theme=dark")
    .with("x-many", "1")
    .with("x-many", "2");

    let invocation = invoked(&api, &request);
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();

    let id = invocation.request_id;
    let trace = invocation.trace_id;
    assert_eq!(
        event,
        json!({
            "version": "1.0",
            "resource": "/things/{id}/parts",
            "path": "/things/12%203/parts",
            "httpMethod": "POST",
            "headers": {
                "Content-Length": "0",
                "cookie": "session=abc123; theme=dark",
                "Host": "api.example.com:3000",
                "User-Agent": "TestAgent",
                "X-Amzn-Trace-Id": trace,
                "X-Forwarded-For": "192.0.2.7",
                "X-Forwarded-Port": "443",
                "X-Forwarded-Proto": "https",
                "x-many": "2"
            },
            "multiValueHeaders": {
                "Content-Length": ["0"],
                "cookie": ["session=abc123; theme=dark"],
                "Host": ["api.example.com:3000"],
                "User-Agent": ["TestAgent"],
                "X-Amzn-Trace-Id": [trace],
                "X-Forwarded-For": ["192.0.2.7"],
                "X-Forwarded-Port": ["443"],
                "X-Forwarded-Proto": ["https"],
                "x-many": ["1", "2"]
            },
            "queryStringParameters": {"status": "pending", "tag": "urgent"},
            "multiValueQueryStringParameters": {"status": ["pending"], "tag": ["a b", "urgent"]},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "colonnade0",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "extendedRequestId": id,
                "httpMethod": "POST",
                "identity": {
                    "accessKey": null,
                    "accountId": null,
                    "caller": null,
                    "cognitoAmr": null,
                    "cognitoAuthenticationProvider": null,
                    "cognitoAuthenticationType": null,
                    "cognitoIdentityId": null,
                    "cognitoIdentityPoolId": null,
                    "principalOrgId": null,
                    "sourceIp": "192.0.2.7",
                    "user": null,
                    "userAgent": "TestAgent",
                    "userArn": null
                },
                "path": "/things/12 3/parts",
                "protocol": "HTTP/1.1",
                "requestId": id,
                "requestTime": "10/Jul/2026:19:19:05 +0000",
                "requestTimeEpoch": 1_783_711_145_123_i64,
                "resourceId": "POST /things/{id}/parts",
                "resourcePath": "/things/{id}/parts",
                "stage": "$default"
            },
            "pathParameters": {"id": "12 3"},
            "stageVariables": null,
            "body": null,
            "isBase64Encoded": false
        })
    );
}

#[test]
fn payload_format_1_0_joins_single_and_multiple_values_in_the_answer() {
    let response = respond(
        r#"{"statusCode":200,
            "headers":{"myheader":"test,other","combined":"single"},
            "multiValueHeaders":{"combined":["one","two"],"x-many":["a","b"]},
            "body":"{}"}"#,
    );

    let values = |name| crate::fixture::header(&response, name);
    assert_eq!(values("myheader"), ["test,other"]);
    assert_eq!(values("combined"), ["single", "one", "two"]);
    assert_eq!(values("x-many"), ["a", "b"]);
    assert_eq!(values("content-type"), ["text/plain; charset=utf-8"]);
}

// Fact 3.3.
#[test]
fn payload_format_1_0_infers_nothing() {
    for output in [
        "{\"name\":",
        "42",
        "\"test\"",
        "{\"a\":1}",
        "",
        "null",
        "[]",
    ] {
        let response = respond(output);
        assert_eq!(response.status(), 500, "{output}");
        assert_eq!(
            crate::fixture::text(&response),
            r#"{"message":"Internal Server Error"}"#,
            "{output}"
        );
    }
}

#[test]
fn payload_format_1_0_has_no_cookies_in_the_answer() {
    let response = respond(r#"{"statusCode":200,"cookies":["a=1"]}"#);

    assert_eq!(response.status(), 200);
    assert!(crate::fixture::header(&response, "set-cookie").is_empty());
}
