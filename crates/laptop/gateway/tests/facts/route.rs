//! Section 1: which route serves a request.

use gateway::HttpApi;
use serde_json::json;

use crate::fixture::{answered, api, event, get, header, request, served_by, text};

/// The example of AWS's own documentation.
const EXAMPLE: [&str; 5] = [
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{id}",
    "GET /pets/dog/1",
];

#[track_caller]
fn assert_served(api: &HttpApi, cases: &[(&str, &str, &str)]) {
    for (method, target, expected) in cases {
        let served = served_by(api, &request(method, target));
        assert_eq!(served, *expected, "{method} {target}");
    }
}

// Fact 1.3.
#[test]
fn literal_beats_variable_beats_greedy() {
    assert_served(
        &api(&EXAMPLE),
        &[
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
        ],
    );
}

#[test]
fn the_order_of_the_routes_does_not_matter() {
    let mut reversed = EXAMPLE;
    reversed.reverse();

    for (method, target) in [
        ("GET", "/pets/dog/1"),
        ("GET", "/pets/dog/2"),
        ("GET", "/pets/cat/1"),
        ("POST", "/test/5"),
    ] {
        let request = request(method, target);
        assert_eq!(
            served_by(&api(&EXAMPLE), &request),
            served_by(&api(&reversed), &request),
            "{method} {target}"
        );
    }
}

// Fact 1.2.
#[test]
fn full_match_then_greedy_then_default_then_404() {
    let keys = ["GET /{a}/{b}", "GET /x/{rest+}"];

    assert_served(
        &api(&keys),
        &[
            ("GET", "/x/y", "GET /{a}/{b}"),
            ("GET", "/x/y/z", "GET /x/{rest+}"),
            ("GET", "/y", "404"),
        ],
    );
    assert_eq!(
        served_by(&api(&["$default"]), &request("PURGE", "/y")),
        "$default"
    );
}

// Fact 1.7.
#[test]
fn a_wrong_method_is_a_404_of_23_bytes() {
    let response = answered(&api(&["GET /things"]), &request("POST", "/things"));

    assert_eq!(response.status(), 404);
    assert_eq!(text(&response), r#"{"message":"Not Found"}"#);
    assert_eq!(response.body().len(), 23);
    assert_eq!(header(&response, "content-type"), ["application/json"]);
}

// Fact 1.4.
#[test]
fn a_specific_method_beats_any_on_the_same_path() {
    assert_served(
        &api(&["ANY /things", "PUT /things"]),
        &[
            ("PUT", "/things", "PUT /things"),
            ("GET", "/things", "ANY /things"),
            ("OPTIONS", "/things", "ANY /things"),
        ],
    );
}

// Fact 1.5.
#[test]
fn the_longest_literal_prefix_wins_among_greedy_routes() {
    assert_served(
        &api(&[
            "GET /{r+}",
            "GET /a/{r+}",
            "GET /a/b/{r+}",
            "GET /a/{x}/{r+}",
        ]),
        &[
            ("GET", "/a/b/c", "GET /a/b/{r+}"),
            ("GET", "/a/x/c", "GET /a/{x}/{r+}"),
            ("GET", "/a/x", "GET /a/{r+}"),
            ("GET", "/z", "GET /{r+}"),
        ],
    );
}

// Fact 1.4.
#[test]
fn an_any_route_takes_the_seven_documented_methods() {
    let api = api(&["ANY /things"]);

    for method in ["GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE"] {
        assert_eq!(served_by(&api, &request(method, "/things")), "ANY /things");
    }
    for method in ["PURGE", "PROPFIND", "TRACE", "CONNECT", "get", "ANY"] {
        assert_eq!(
            served_by(&api, &request(method, "/things")),
            "404",
            "{method}"
        );
    }
}

// Fact 1.6.
#[test]
fn the_path_is_compared_before_the_method() {
    assert_served(
        &api(&["ANY /site/api/x", "ANY /site/{id}", "GET /site/{proxy+}"]),
        &[
            ("GET", "/site/api/x", "ANY /site/api/x"),
            ("GET", "/site/1", "ANY /site/{id}"),
            ("GET", "/site/1/2", "GET /site/{proxy+}"),
        ],
    );
}

// Fact 1.10.
#[test]
fn the_event_has_the_template_as_route_key() {
    let event = event(&api(&["GET /things/{id}"]), &get("/things/7"));

    assert_eq!(event["routeKey"], "GET /things/{id}");
    assert_eq!(event["requestContext"]["routeKey"], "GET /things/{id}");
    assert_eq!(event["rawPath"], "/things/7");
    assert_eq!(event["pathParameters"], json!({"id": "7"}));
}

// Fact 1.10.
#[test]
fn any_and_default_routes_have_their_own_key() {
    let any = event(&api(&["ANY /things"]), &request("PUT", "/things"));
    let default = event(&api(&["$default"]), &get("/anything/at/all"));

    assert_eq!(any["routeKey"], "ANY /things");
    assert_eq!(default["routeKey"], "$default");
    assert_eq!(default.get("pathParameters"), None);
}

// Facts 1.16 to 1.19.
#[test]
fn slashes_and_empty_greedy_variables() {
    let keys = [
        "GET /things",
        "GET /things/{rest+}",
        "GET /only",
        "GET /items/{id}",
    ];
    assert_served(
        &api(&keys),
        &[
            ("GET", "/things", "GET /things"),
            ("GET", "/things/", "GET /things/{rest+}"),
            ("GET", "/only/", "404"),
            ("GET", "/items/", "404"),
            ("GET", "/", "404"),
        ],
    );
    assert_eq!(
        served_by(&api(&["GET /{rest+}"]), &get("/")),
        "GET /{rest+}"
    );
    assert_eq!(served_by(&api(&["GET /x/{rest+}"]), &get("/x")), "404");
}

// Fact 1.16.
#[test]
fn an_empty_greedy_variable_is_an_empty_string() {
    let event = event(&api(&["GET /things/{rest+}"]), &get("/things/"));

    assert_eq!(event["pathParameters"], json!({"rest": ""}));
}

// Fact 1.18.
#[test]
fn the_raw_path_keeps_a_trailing_slash() {
    let event = event(&api(&["$default"]), &get("/things/a/"));

    assert_eq!(event["rawPath"], "/things/a/");
}

// Fact 1.20.
#[test]
fn doubled_slashes_are_kept() {
    let api = api(&["GET /things", "GET /{rest+}"]);

    assert_eq!(served_by(&api, &get("//things")), "GET /{rest+}");
    assert_eq!(event(&api, &get("//things"))["rawPath"], "//things");
}

// Fact 1.21.
#[test]
fn a_path_is_case_sensitive() {
    assert_eq!(served_by(&api(&["GET /things"]), &get("/Things")), "404");
}

#[test]
fn a_greedy_variable_holds_the_rest_with_its_slashes() {
    let event = event(&api(&["GET /files/{path+}"]), &get("/files/a/b%20c/d/"));

    assert_eq!(event["pathParameters"], json!({"path": "a/b c/d/"}));
}
