use serde_json::{Value, json};

use super::*;

fn request(event: Value) -> Request {
    Request::new(serde_json::from_value(event).unwrap(), "")
}

/// A request to a REST API, whose client sends `url_path`.
fn rest(resource: &str, url_path: &str) -> Value {
    json!({
        "resource": resource,
        "httpMethod": "GET",
        "headers": null,
        "multiValueHeaders": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "requestContext": { "requestId": "7c2af7db", "path": url_path },
        "body": null,
        "isBase64Encoded": false,
    })
}

/// A request to an HTTP API.
fn http(resource: &str, raw_path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": format!("GET {resource}"),
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": { "requestId": "ATfSmjLgPHcESJw=" },
        "isBase64Encoded": false,
    })
}

#[test]
fn the_route_is_read_from_both_events() {
    let (http, rest) = (http("/things", "/things"), rest("/things", "/prod/things"));

    assert_eq!(request(http).route(), "GET /things");
    assert_eq!(request(rest).route(), "GET /things");
}

#[test]
fn the_path_before_the_route_is_the_base_path() {
    for (event, base) in [
        (http("/things", "/things"), ""),
        (http("/things", "/dev/things"), "/dev"),
        (rest("/things", "/prod/things"), "/prod"),
        (rest("/things/{id}", "/prod/things/a%2Fb"), "/prod"),
        // A custom domain, with and without a base path.
        (rest("/things", "/things"), ""),
        (rest("/things", "/base/v1/things"), "/base/v1"),
        (rest("/", "/prod/"), "/prod"),
    ] {
        assert_eq!(request(event.clone()).base_path(), base, "{event}");
    }
}

#[test]
fn the_segments_of_a_greedy_variable_belong_to_the_route() {
    let mut event = rest("/files/{name+}", "/prod/files/a/b/c");
    event["pathParameters"] = json!({ "name": "a/b/c" });

    assert_eq!(request(event).base_path(), "/prod");
}

#[test]
fn the_path_variables_of_a_rest_api_are_decoded_once() {
    let read = |sent: &str| {
        let mut event = rest("/things/{id}", "/prod/things/x");
        event["pathParameters"] = json!({ "id": sent });
        request(event).path::<String>("id")
    };

    assert_eq!(read("a%20b").unwrap(), "a b");
    assert_eq!(read("a%252Fb").unwrap(), "a%2Fb");
    assert_eq!(read("a+b").unwrap(), "a+b");
    assert!(matches!(read("%ff"), Err(Problem::InvalidParameter(_))));
}

#[test]
fn repeated_headers_of_a_rest_api_are_joined() {
    let mut event = rest("/things", "/prod/things");
    event["headers"] = json!({ "IF-Match": "\"2\"" });
    event["multiValueHeaders"] = json!({ "IF-Match": ["\"1\"", "\"2\""] });

    assert_eq!(request(event).header("if-match"), Some("\"1\",\"2\""));
}

#[test]
fn a_parameter_given_twice_is_invalid_in_both_events() {
    let mut rest = rest("/things", "/prod/things");
    rest["multiValueQueryStringParameters"] = json!({ "limit": ["1", "2"] });
    let mut http = http("/things", "/things");
    http["rawQueryString"] = json!("limit=1&limit=2");

    for event in [http, rest] {
        let limit = request(event.clone()).query(|query| query.optional::<u8>("limit"));
        assert!(
            matches!(limit, Err(Problem::InvalidParameter(_))),
            "{event}"
        );
    }
}

#[test]
fn a_request_has_the_same_parts_in_both_events() {
    let mut rest = rest("/things/{id}", "/prod/things/a%20b");
    rest["multiValueQueryStringParameters"] = json!({ "q": ["x y"] });
    let mut http = http("/things/{id}", "/things/a b");
    http["rawQueryString"] = json!("q=x+y");

    let (http, rest) = (request(http), request(rest));

    assert_eq!(http.parts(), rest.parts());
    assert_eq!(rest.parts()[0], "/things/a b");
}

#[test]
fn the_claims_are_read_from_both_events() {
    let claims = json!({ "sub": "ada", "scp": null, "scope": "a b" });
    let mut rest = rest("/things", "/prod/things");
    rest["requestContext"]["authorizer"] = json!({ "claims": claims });
    let mut http = http("/things", "/things");
    http["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });

    for event in [http, rest] {
        let caller = request(event.clone()).caller::<String>().unwrap();
        assert_eq!(caller.id, "ada", "{event}");
        assert!(caller.has_scope("b"), "{event}");
    }
}

#[test]
fn the_context_of_a_lambda_authorizer_is_read_from_both_events() {
    let mut rest = rest("/things", "/prod/things");
    rest["requestContext"]["authorizer"] =
        json!({ "principalId": "ada", "integrationLatency": 7, "plan": "gold", "level": "3" });
    let mut http = http("/things", "/things");
    http["requestContext"]["authorizer"] = json!({ "lambda": { "plan": "gold", "level": 3 } });

    for event in [http, rest] {
        let request = request(event.clone());
        let context = |name| request.authorizer_context(name);
        assert_eq!(context("plan").as_deref(), Some("gold"), "{event}");
        assert_eq!(context("level").as_deref(), Some("3"), "{event}");
        assert_eq!(context("name"), None, "{event}");
    }
}

#[test]
fn the_context_of_a_lambda_authorizer_has_no_claims() {
    let mut rest = rest("/things", "/prod/things");
    rest["requestContext"]["authorizer"] = json!({ "claims": "ada", "jwt": "x", "sub": "ada" });
    let mut http = http("/things", "/things");
    http["requestContext"]["authorizer"] = json!({ "lambda": { "claims": { "sub": "ada" } } });
    let mut without_context = http.clone();
    without_context["requestContext"]["authorizer"] = json!({ "lambda": null });

    for event in [http, rest, without_context] {
        let caller = request(event.clone()).caller::<String>();
        assert!(matches!(caller, Err(Problem::Internal(_))), "{event}");
    }
}
