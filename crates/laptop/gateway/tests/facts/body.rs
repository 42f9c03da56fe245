//! Which bodies are text and which are base64.

use serde_json::Value;

use crate::fixture::{Request, With, api, event, request};

#[track_caller]
fn of(request: Request) -> Value {
    event(&api(&["$default"]), &request)
}

// Fact 2.4.
#[test]
fn which_bodies_are_text() {
    let text = [
        "text/plain",
        "text/plain; charset=utf-8",
        "TEXT/PLAIN; CHARSET=UTF-8",
        "text/plain;charset=\"UTF-8\"",
        "text/html",
        "text/csv",
        "text/xml",
        "application/json",
        "application/json; charset=utf-8",
        "application/xml",
        "application/javascript",
        "application/graphql",
    ];
    let base64 = [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; charset=iso-8859-1",
        "application/octet-stream",
        "application/x-protobuf",
        "application/zip",
        "application/pdf",
        "image/png",
        "image/svg+xml",
        "audio/mpeg",
        "video/mp4",
        "application/problem+json",
        "nonsense",
        "",
    ];
    let post = |content_type| {
        request("POST", "/")
            .with("content-type", content_type)
            .body("a=1")
    };

    for content_type in text {
        let event = of(post(content_type));
        assert_eq!(event["body"], "a=1", "{content_type}");
        assert_eq!(event["isBase64Encoded"], false, "{content_type}");
    }
    for content_type in base64 {
        let event = of(post(content_type));
        assert_eq!(event["body"], "YT0x", "{content_type}");
        assert_eq!(event["isBase64Encoded"], true, "{content_type}");
    }
    let untyped = of(request("POST", "/").body("a=1"));
    assert_eq!(untyped["body"], "YT0x");
    assert_eq!(untyped["isBase64Encoded"], true);
}

#[test]
fn text_types_are_text_and_suffixed_types_are_not() {
    let post = |content_type| {
        request("POST", "/")
            .with("content-type", content_type)
            .body("a")
    };

    assert_eq!(of(post("text/markdown"))["isBase64Encoded"], false);
    assert_eq!(of(post("application/hal+json"))["isBase64Encoded"], true);
}

#[test]
fn base64_is_standard_with_padding_and_the_length_is_the_original() {
    let bytes: &[u8] = &[0xfb, 0xff, 0xfe, 0x00, 0x41];
    let event = of(request("POST", "/")
        .with("content-type", "application/octet-stream")
        .body(bytes));

    assert_eq!(event["body"], "+//+AEE=");
    assert_eq!(event["headers"]["content-length"], "5");
}

#[test]
fn a_body_that_is_not_utf_8_is_base64() {
    let bytes: &[u8] = &[0xff, 0xfe];
    let event = of(request("POST", "/")
        .with("content-type", "application/json")
        .body(bytes));

    assert_eq!(event["isBase64Encoded"], true);
    assert_eq!(event["body"], "//4=");
}
