//! Section 1 of the REST facts: which method serves a request, and its path.

use gateway::{Api, ConfigurationError, RestApi};
use serde_json::{Value, json};

use super::fixture::{api, configuration, event, served_by};
use crate::fixture::{With, answered, get, header, request, text};

#[track_caller]
fn assert_served(api: &Api, cases: &[(&str, &str, &str)]) {
    for (method, target, expected) in cases {
        let served = served_by(api, &request(method, target));
        assert_eq!(served, *expected, "{method} {target}");
    }
}

/// `path`, `requestContext.path`, `pathParameters` and `resource` of an event.
fn paths(target: &str) -> [Value; 4] {
    let api = api(&["ANY /{proxy+}", "ANY /hardcoded"]);
    let event = event(&api, &get(target));
    [
        event["path"].clone(),
        event["requestContext"]["path"].clone(),
        event["pathParameters"].clone(),
        event["resource"].clone(),
    ]
}

// Facts R1.1, R1.11 and R1.14.
#[test]
fn rest_paths_arrive_as_captured() {
    let proxy = |value: &str| json!({ "proxy": value });
    let mail = "proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com";
    let (mail_path, mail_sent) = (format!("/{mail}"), format!("/stage/{mail}"));
    for (target, path, context_path, parameters, resource) in [
        (
            "/stage/proxy-value",
            "/proxy-value",
            "/stage/proxy-value",
            proxy("proxy-value"),
            "/{proxy+}",
        ),
        (
            "/stage/proxy-value/",
            "/proxy-value/",
            "/stage/proxy-value/",
            proxy("proxy-value"),
            "/{proxy+}",
        ),
        (
            "/stage/proxy-value//double-slash",
            "/proxy-value//double-slash",
            "/stage/proxy-value//double-slash",
            proxy("proxy-value//double-slash"),
            "/{proxy+}",
        ),
        (
            "//stage/proxy-value",
            "/proxy-value",
            "/stage/proxy-value",
            proxy("proxy-value"),
            "/{proxy+}",
        ),
        (
            "/stage//proxy-value",
            "/proxy-value",
            "/stage//proxy-value",
            proxy("proxy-value"),
            "/{proxy+}",
        ),
        (
            "/stage//hardcoded",
            "/hardcoded",
            "/stage//hardcoded",
            Value::Null,
            "/hardcoded",
        ),
        (
            mail_sent.as_str(),
            mail_path.as_str(),
            mail_sent.as_str(),
            proxy(mail),
            "/{proxy+}",
        ),
    ] {
        let expected = [
            json!(path),
            json!(context_path),
            parameters,
            json!(resource),
        ];
        assert_eq!(paths(target), expected, "{target}");
    }
}

// Fact R1.14.
#[test]
fn encoded_rest_paths_stay_encoded_and_none_is_refused() {
    for sent in [
        "/capture/space%20value",
        "/capture/slash%2Fvalue",
        "/capture/hash%23value",
        "/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C",
        "/capture/question%3Fvalue",
        "/capture/percent%25done",
        "/capture/literal%252Fvalue",
        "/capture/literal%253Fvalue",
        "/capture/literal%2525value",
        "/capture/%zz",
        "/capture/../x",
    ] {
        let [path, _, parameters, _] = paths(&format!("/stage{sent}"));
        assert_eq!(path, json!(sent));
        assert_eq!(parameters["proxy"], json!(sent[1..]));
    }
}

// Fact R1.5.
#[test]
fn resource_and_method_are_selected_together() {
    assert_served(
        &api(&["POST /test", "ANY /test/any", "OPTIONS /{proxy+}"]),
        &[
            ("OPTIONS", "/stage/test", "OPTIONS /{proxy+}"),
            ("OPTIONS", "/stage/test/any", "ANY /test/any"),
            ("GET", "/stage/test/any", "ANY /test/any"),
            ("GET", "/stage/test", "403"),
        ],
    );
    assert_served(
        &api(&["GET /a/{id}", "POST /a/b", "GET /{rest+}"]),
        &[
            ("GET", "/stage/a/b", "GET /a/{id}"),
            ("GET", "/stage/a/b/c", "GET /{rest+}"),
            ("POST", "/stage/a/c", "403"),
        ],
    );
}

// Fact R1.4.
#[test]
fn a_literal_part_beats_a_greedy_one_at_each_place() {
    assert_served(
        &api(&[
            "GET /part1/hardcoded-value",
            "GET /part1/{param+}",
            "GET /{x}/b",
        ]),
        &[
            (
                "GET",
                "/stage/part1/hardcoded-value",
                "GET /part1/hardcoded-value",
            ),
            ("GET", "/stage/part1/random-value", "GET /part1/{param+}"),
            ("GET", "/stage/part1/b", "GET /part1/{param+}"),
            ("GET", "/stage/part2/b", "GET /{x}/b"),
        ],
    );
}

// Fact R1.6.
#[test]
fn a_specific_rest_method_beats_any_and_get_serves_no_head() {
    let api = api(&["ANY /things", "PUT /things", "GET /others"]);

    assert_served(
        &api,
        &[
            ("PUT", "/stage/things", "PUT /things"),
            ("HEAD", "/stage/things", "ANY /things"),
            ("TRACE", "/stage/things", "403"),
            ("HEAD", "/stage/others", "403"),
        ],
    );
}

// Fact R1.7.
#[test]
fn a_greedy_variable_of_a_rest_api_needs_a_segment() {
    let api = api(&["GET /{proxy+}", "GET /a/{proxy+}"]);

    assert_served(
        &api,
        &[
            ("GET", "/stage", "403"),
            ("GET", "/stage/", "403"),
            ("GET", "/stage/a/", "GET /{proxy+}"),
            ("GET", "/stage/a/b", "GET /a/{proxy+}"),
        ],
    );
}

// Fact R1.11.
#[test]
fn a_slash_at_the_end_of_a_rest_path_does_not_count() {
    let api = api(&["GET /things"]);

    assert_eq!(served_by(&api, &get("/stage/things/")), "GET /things");
    assert_eq!(event(&api, &get("/stage/things/"))["path"], "/things/");
}

// Fact R1.8.
#[test]
fn an_unknown_rest_route_is_a_403_of_42_bytes() {
    let api = api(&["GET /things"]);
    for (method, target) in [("GET", "/stage/unknown"), ("POST", "/stage/things")] {
        let response = answered(&api, &request(method, target));

        assert_eq!(response.status(), 403, "{target}");
        assert_eq!(
            text(&response),
            r#"{"message":"Missing Authentication Token"}"#
        );
        assert_eq!(response.body().len(), 42);
        assert_eq!(
            header(&response, "x-amzn-errortype"),
            ["MissingAuthenticationTokenException"]
        );
        assert!(header(&response, "x-amzn-trace-id").is_empty());
    }
}

// Fact R1.9.
#[test]
fn a_path_without_the_stage_is_forbidden() {
    let api = api(&["GET /{proxy+}"]);
    for target in ["/", "/other/things", "/stages/things", "/STAGE/things"] {
        let response = answered(&api, &get(target));

        assert_eq!(response.status(), 403, "{target}");
        assert_eq!(text(&response), r#"{"message":"Forbidden"}"#);
        assert_eq!(
            header(&response, "x-amzn-errortype"),
            ["ForbiddenException"]
        );
    }
}

// Fact R1.10.
#[test]
fn a_bearer_token_on_an_unknown_rest_route_is_no_signature() {
    let api = api(&["GET /things"]);

    let response = answered(&api, &get("/stage/x").with("authorization", "Bearer x"));

    assert_eq!(response.status(), 403);
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        ["IncompleteSignatureException"]
    );
}

// Fact R1.12.
#[test]
fn a_stage_has_a_valid_name() {
    for stage in ["", "a/b", "pröd", "ping", "sping", &"s".repeat(129)] {
        let mut configuration = configuration(&["GET /"]);
        configuration.stage = stage.to_owned();
        assert_eq!(
            RestApi::new(configuration).unwrap_err(),
            ConfigurationError::Stage(stage.to_owned())
        );
    }
}

#[test]
fn two_variables_at_one_place_are_refused_with_both_routes() {
    for [first, second] in [
        ["GET /users/{id}", "GET /users/{userId}/x"],
        ["GET /{a}", "GET /{a+}"],
    ] {
        let error = RestApi::new(configuration(&[first, second])).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(first) && message.contains(second),
            "{message}"
        );
    }
    assert!(RestApi::new(configuration(&["GET /a/{id}", "GET /b/{key}"])).is_ok());
}

// Fact R1.3.
#[test]
fn routes_that_no_rest_api_has_are_refused() {
    let refusal = |key| RestApi::new(configuration(&[key])).unwrap_err();

    assert_eq!(refusal("$default"), ConfigurationError::DefaultRoute);
    assert!(matches!(
        refusal("GET /~me"),
        ConfigurationError::PathPart { .. }
    ));
}
