//! Section 8.1 and 8.2: sizes.

use gateway::{HttpApi, limits};

use crate::fixture::{Request, With, answered, api, get, invoked, request, served_by, text};

/// A GET whose request line and header values have this many bytes.
fn head_of(length: usize) -> Request {
    let without = "GET /things HTTP/1.1\r\n".len() + "api.example.com:3000".len();
    get("/things").with("x-padding", &"x".repeat(length - without))
}

/// A POST whose event has this many bytes.
fn event_of(api: &HttpApi, length: usize) -> Request {
    let post = |body: usize| {
        request("POST", "/things")
            .with("content-type", "text/plain")
            .body("x".repeat(body))
    };
    let probe = invoked(api, &post(6_000_000)).payload.len();
    post(6_000_000 + length - probe)
}

// Section 4 of docs/fidelity.md.
#[test]
fn a_head_over_10240_bytes_is_a_431() {
    let api = api(&["GET /things"]);

    let response = answered(&api, &head_of(limits::HEAD + 1));

    assert_eq!(response.status(), 431);
    assert_eq!(
        text(&response),
        r#"{"message":"Request Header Fields Too Large"}"#
    );
    assert_eq!(served_by(&api, &head_of(limits::HEAD)), "GET /things");
    assert_eq!(limits::HEAD, 10_240);
}

// Section 4 of docs/fidelity.md.
#[test]
fn a_body_over_10_mb_is_a_413() {
    let api = api(&["POST /things"]);
    let too_long = request("POST", "/things").body(vec![b'x'; limits::BODY + 1]);

    let response = answered(&api, &too_long);

    assert_eq!(response.status(), 413);
    assert_eq!(text(&response), r#"{"message":"Request Entity Too Large"}"#);
    assert_eq!(limits::BODY, 10_485_760);
}

// Fact 8.2.
#[test]
fn an_event_over_6291556_bytes_is_a_413() {
    let api = api(&["POST /things"]);
    let longest = event_of(&api, limits::PAYLOAD);
    let too_long = event_of(&api, limits::PAYLOAD + 1);

    assert_eq!(limits::PAYLOAD, 6_291_556);
    assert_eq!(invoked(&api, &longest).payload.len(), limits::PAYLOAD);
    let response = answered(&api, &too_long);
    assert_eq!(response.status(), 413);
    assert_eq!(text(&response), r#"{"message":"Request Entity Too Large"}"#);
}

#[test]
fn a_body_that_base64_makes_too_long_for_lambda_is_a_413() {
    let api = api(&["POST /things"]);
    let binary = request("POST", "/things").body(vec![0; 5_000_000]);

    assert_eq!(answered(&api, &binary).status(), 413);
}
