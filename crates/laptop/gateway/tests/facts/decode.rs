//! What an HTTP API makes of a path.

use gateway::HttpApi;
use serde_json::json;

use crate::fixture::{answered, api, event, get, invoked, served_by, text};

/// What was sent to a real HTTP API in September 2026, and the `rawPath` that arrived.
const CAPTURED: [(&str, Option<&str>); 9] = [
    ("/capture/space%20value", Some("/capture/space value")),
    ("/capture/slash%2Fvalue", Some("/capture/slash/value")),
    ("/capture/hash%23value", Some("/capture/hash#value")),
    (
        "/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C",
        Some("/capture/unicode-λ-世界"),
    ),
    ("/capture/question%3Fvalue", Some("/capture/question")),
    ("/capture/percent%25done", None),
    ("/capture/literal%252Fvalue", Some("/capture/literal/value")),
    ("/capture/literal%253Fvalue", Some("/capture/literal?value")),
    ("/capture/literal%2525value", Some("/capture/literal%value")),
];

fn everything() -> HttpApi {
    api(&["$default"])
}

#[track_caller]
fn assert_bad_request(target: &str) {
    let response = answered(&everything(), &get(target));
    assert_eq!(response.status(), 400, "{target}");
    assert_eq!(text(&response), r#"{"message":"Bad Request"}"#, "{target}");
}

#[test]
fn paths_arrive_as_captured() {
    for (sent, expected) in CAPTURED {
        match expected {
            Some(path) => {
                let event = event(&everything(), &get(sent));
                assert_eq!(event["rawPath"], path, "{sent}");
                assert_eq!(event["requestContext"]["http"]["path"], path, "{sent}");
            }
            None => assert_bad_request(sent),
        }
    }
}

#[test]
fn path_parameters_are_decoded_as_the_path_is() {
    let api = api(&["GET /capture/{value}", "GET /capture/{a}/{b}"]);

    for (sent, expected) in [
        ("/capture/space%20value", json!({"value": "space value"})),
        ("/capture/%CE%BB", json!({"value": "λ"})),
        (
            "/capture/literal%253Fvalue",
            json!({"value": "literal?value"}),
        ),
        (
            "/capture/slash%2Fvalue",
            json!({"a": "slash", "b": "value"}),
        ),
    ] {
        assert_eq!(
            event(&api, &get(sent))["pathParameters"],
            expected,
            "{sent}"
        );
    }
}

#[test]
fn an_encoded_slash_separates_segments() {
    let keys = ["GET /things/{id}", "GET /{rest+}"];

    assert_eq!(
        served_by(&api(&keys), &get("/things/a%2Fb")),
        "GET /{rest+}"
    );
    assert_eq!(
        served_by(&api(&keys), &get("/things%2Fa")),
        "GET /things/{id}"
    );
}

#[test]
fn an_invalid_escape_is_refused_in_either_pass() {
    for target in [
        "/%", "/%2", "/%zz", "/a%2", "/%25zz", "/%252", "/%+1", "/% 1", "/%é1",
    ] {
        assert_bad_request(target);
    }
}

#[test]
fn dot_segments_are_removed_after_decoding() {
    for (sent, expected) in [
        ("/governance/%2e%2e%2fauth%2fme", "/auth/me"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/b/..", "/a/"),
        ("/a/b/.", "/a/b/"),
        ("/..a/.b/...", "/..a/.b/..."),
        ("/a/%252e%252e/b", "/b"),
    ] {
        assert_eq!(
            event(&everything(), &get(sent))["rawPath"],
            expected,
            "{sent}"
        );
    }
}

#[test]
fn a_path_above_the_root_is_refused() {
    for target in [
        "/governance/..%2f..%2fauth%2fme",
        "/..",
        "/../a",
        "/a/../../b",
        "/%2e%2e/a",
    ] {
        assert_bad_request(target);
    }
}

#[test]
fn an_escaped_question_mark_begins_no_query() {
    let event = event(&everything(), &get("/a%3Fb=1?c=2"));

    assert_eq!(event["rawPath"], "/a");
    assert_eq!(event["rawQueryString"], "c=2");
}

#[test]
fn the_absolute_form_of_a_target_means_its_path() {
    let api = api(&["$default"]);

    for (sent, path, query) in [
        ("http://api.example.com/a?b=c", "/a", "b=c"),
        ("http://api.example.com", "/", ""),
        ("http://api.example.com/", "/", ""),
    ] {
        let event = event(&api, &get(sent));
        assert_eq!(event["rawPath"], path, "{sent}");
        assert_eq!(event["rawQueryString"], query, "{sent}");
    }
}

#[test]
fn a_target_without_a_path_is_refused() {
    for target in ["*", "", "things", "api.example.com:443"] {
        assert_bad_request(target);
    }
}

#[test]
fn a_nul_and_a_line_break_in_a_path_arrive_as_they_are() {
    let api = api(&["$default"]);

    let invocation = invoked(&api, &get("/a%00b%0Ac"));

    let event: serde_json::Value = serde_json::from_slice(&invocation.payload).unwrap();
    assert_eq!(event["rawPath"], "/a\0b\nc");
}
