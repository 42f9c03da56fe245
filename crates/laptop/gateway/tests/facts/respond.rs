//! Section 3: what becomes of a function's output.

use gateway::{Outcome, limits};
use serde_json::json;

use crate::fixture::{api, get, header, invoked, response, text};

const INTERNAL: &str = r#"{"message":"Internal Server Error"}"#;

#[track_caller]
fn assert_malformed(output: &str) {
    let response = response(output);
    assert_eq!(response.status(), 500, "{output}");
    assert_eq!(text(&response), INTERNAL, "{output}");
    assert_eq!(
        header(&response, "content-type"),
        ["application/json"],
        "{output}"
    );
}

// Fact 3.1.
#[test]
fn without_a_status_code_the_whole_output_is_the_body() {
    let output = r#"{"message": "Hello", "body": "x", "headers": {"a": "b"}}"#;
    let response = response(output);

    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), ["application/json"]);
    assert_eq!(text(&response), output);
    assert!(header(&response, "a").is_empty());
}

// Facts 3.1 to 3.5.
#[test]
fn outputs_and_what_becomes_of_them() {
    let json = "application/json";
    let plain = "text/plain; charset=utf-8";
    for (output, status, content_type, body) in [
        ("42", 200, json, "42"),
        ("true", 200, json, "true"),
        ("[1,2]", 200, json, "[1,2]"),
        ("[ 1, 2 ]", 200, json, "[ 1, 2 ]"),
        ("null", 200, json, "null"),
        ("\"test\"", 200, json, "test"),
        ("\"\"", 200, json, ""),
        (r#""a\n\"b\" \u00e9""#, 200, json, "a\n\"b\" é"),
        (
            r#"{"name": "John Doe", "age":"#,
            200,
            json,
            r#"{"name": "John Doe", "age":"#,
        ),
        ("", 200, json, ""),
        (r#"{"statusCode":200.5}"#, 500, json, INTERNAL),
        (r#"{"statusCode":200.0}"#, 500, json, INTERNAL),
        (r#"{"statusCode":0}"#, 500, json, INTERNAL),
        (r#"{"statusCode":200,"body":"hi"}"#, 200, plain, "hi"),
    ] {
        let response = response(output);
        assert_eq!(response.status(), status, "{output}");
        assert_eq!(
            header(&response, "content-type"),
            [content_type],
            "{output}"
        );
        assert_eq!(text(&response), body, "{output}");
    }
}

// Fact 3.3.
#[test]
fn bytes_that_are_no_text_go_out_as_they_are() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));
    let bytes: &[u8] = &[0xff, 0x00, 0xfe];

    let response = api
        .answer(&invocation, &get("/"), Outcome::Payload(bytes.into()))
        .response;

    assert_eq!(response.status(), 200);
    assert_eq!(response.body().as_ref(), bytes);
}

// Fact 3.6.
#[test]
fn an_explicit_content_type_wins_in_any_case() {
    for name in ["content-type", "Content-Type", "CONTENT-TYPE"] {
        let output = json!({"statusCode": 200, "headers": {name: "image/png"}});
        let response = response(&output.to_string());
        assert_eq!(header(&response, "content-type"), ["image/png"], "{name}");
    }
}

// Fact 3.7.
#[test]
fn every_answer_bears_the_request_id() {
    let output = json!({"statusCode": 200, "headers": {"apigw-requestid": "forged"}});
    let response = response(&output.to_string());

    let ids = header(&response, "apigw-requestid");
    assert_eq!(ids.len(), 1);
    assert_eq!(ids[0].len(), 16);
}

// Fact 3.8.
#[test]
fn a_value_with_a_comma_stays_one_line_and_multiple_values_are_ignored() {
    let response = response(
        r#"{"statusCode":200,"headers":{"myheader":"test,second"},
            "multiValueHeaders":{"x-many":["a","b"]}}"#,
    );

    assert_eq!(header(&response, "myheader"), ["test,second"]);
    assert!(header(&response, "x-many").is_empty());
}

// Fact 3.9.
#[test]
fn each_cookie_has_its_line_and_those_of_headers_come_after() {
    let response = response(
        r#"{"statusCode":200,"headers":{"Set-Cookie":"c=3"},
            "cookies":["a=1; Path=/","b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]}"#,
    );

    assert_eq!(
        header(&response, "set-cookie"),
        [
            "a=1; Path=/",
            "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            "c=3"
        ]
    );
}

// Fact 2.6.
#[test]
fn what_the_rust_runtime_adds_is_accepted() {
    let response = response(
        r#"{"statusCode":201,"headers":{},"multiValueHeaders":{},"body":"x",
            "isBase64Encoded":false,"cookies":[]}"#,
    );

    assert_eq!(response.status(), 201);
    assert_eq!(text(&response), "x");
}

// Fact 3.10.
#[test]
fn base64_is_decoded_whatever_the_content_type() {
    for content_type in ["application/json", "image/png"] {
        let output = json!({
            "statusCode": 200,
            "headers": {"content-type": content_type},
            "body": "SGVsbG8=",
            "isBase64Encoded": true
        });
        assert_eq!(
            text(&response(&output.to_string())),
            "Hello",
            "{content_type}"
        );
    }
}

// Fact 3.11.
#[test]
fn a_body_may_be_missing() {
    for output in [r#"{"statusCode":204}"#, r#"{"statusCode":204,"body":null}"#] {
        let response = response(output);
        assert_eq!(response.status(), 204, "{output}");
        assert!(response.body().is_empty(), "{output}");
    }
}

// Fact 3.12.
#[test]
fn odd_but_accepted() {
    for (output, status) in [
        (r#"{"statusCode":"200"}"#, 200),
        (r#"{"statusCode":599}"#, 599),
        (r#"{"statusCode":200,"headers":null,"cookies":null}"#, 200),
        (r#"{"statusCode":200,"headers":{"x-none":null}}"#, 200),
        (r#"{"statusCode":200,"isBase64Encoded":null}"#, 200),
        (r#"{"statusCode":304}"#, 304),
    ] {
        assert_eq!(response(output).status(), status, "{output}");
    }
    let numbers = response(r#"{"statusCode":200,"headers":{"x-count":7,"x-flag":true}}"#);
    assert_eq!(header(&numbers, "x-count"), ["7"]);
    assert_eq!(header(&numbers, "x-flag"), ["true"]);
}

// Fact 3.12.
#[test]
fn outputs_that_are_no_response_are_a_500() {
    for output in [
        r#"{"statusCode":null}"#,
        r#"{"statusCode":true}"#,
        r#"{"statusCode":-1}"#,
        r#"{"statusCode":99}"#,
        r#"{"statusCode":101}"#,
        r#"{"statusCode":600}"#,
        r#"{"statusCode":1e300}"#,
        r#"{"statusCode":"2e2"}"#,
        r#"{"statusCode":""}"#,
        r#"{"statusCode":"99999999999999999999999"}"#,
        r#"{"statusCode":200,"body":{"a":1}}"#,
        r#"{"statusCode":200,"body":[1]}"#,
        r#"{"statusCode":200,"body":1}"#,
        r#"{"statusCode":200,"body":"!","isBase64Encoded":true}"#,
        r#"{"statusCode":200,"isBase64Encoded":"yes","body":"x"}"#,
        r#"{"statusCode":200,"headers":[]}"#,
        r#"{"statusCode":200,"headers":{"a b":"c"}}"#,
        r#"{"statusCode":200,"headers":{"":"c"}}"#,
        r#"{"statusCode":200,"headers":{"a":"b\r\nc: d"}}"#,
        r#"{"statusCode":200,"headers":{"a":["b"]}}"#,
        r#"{"statusCode":200,"cookies":"a=1"}"#,
        r#"{"statusCode":200,"cookies":["a=1\nb"]}"#,
        r#"{"statusCode":200,"cookies":[{}]}"#,
    ] {
        assert_malformed(output);
    }
}

#[test]
fn a_header_value_that_is_not_ascii_goes_out_as_utf_8() {
    let response = response(r#"{"statusCode":200,"headers":{"x-name":"Jörg"}}"#);

    assert_eq!(response.headers()["x-name"].as_bytes(), "Jörg".as_bytes());
}

// Fact 3.13.
#[test]
fn a_function_error_is_a_500_without_the_functions_words() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));

    let response = api
        .answer(&invocation, &get("/"), Outcome::FunctionError)
        .response;

    assert_eq!(response.status(), 500);
    assert_eq!(text(&response), INTERNAL);
    assert_eq!(response.body().len(), 35);
}

// Fact 3.15.
#[test]
fn headers_of_the_connection_are_the_servers() {
    let response = response(
        r#"{"statusCode":200,"body":"abc","headers":{
            "connection":"close","content-length":"99","date":"never","keep-alive":"x",
            "te":"trailers","trailer":"x","transfer-encoding":"chunked","upgrade":"h2c",
            "www-authenticate":"Basic","server":"mine","via":"1.1 x","x-amzn-requestid":"y"}}"#,
    );

    let mut names: Vec<&str> = response
        .headers()
        .keys()
        .map(|name| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "apigw-requestid",
            "content-type",
            "server",
            "via",
            "www-authenticate",
            "x-amzn-requestid"
        ]
    );
}

#[test]
fn a_reason_for_the_log_says_what_was_wrong_with_an_output() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));
    let output = Outcome::Payload(r#"{"statusCode":200,"body":{}}"#.into());

    let answer = api.answer(&invocation, &get("/"), output);

    assert_eq!(answer.reason.as_deref(), Some("the body is not a string"));
}

// Fact 8.2.
#[test]
fn an_answer_over_6291556_bytes_is_a_500() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));
    let of = |length: usize| {
        let output = Outcome::Payload(vec![b'x'; length].into());
        api.answer(&invocation, &get("/"), output).response
    };

    assert_eq!(limits::PAYLOAD, 6_291_556);
    assert_eq!(of(limits::PAYLOAD).status(), 200);
    assert_eq!(of(limits::PAYLOAD + 1).status(), 500);
}
