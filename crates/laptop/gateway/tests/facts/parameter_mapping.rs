//! Parameter mapping (section 8.1 of the REST facts), with the examples of the AWS documentation.

use gateway::{HttpApi, Mapping, Outcome, PayloadFormat, Response, Route};
use serde_json::{Value, json};

use super::fixture::{With, configuration, event, get, header, invoked, request, route, text};

type Changes<'a> = &'a [(&'a str, &'a str)];

fn api(key: &str, mapping: Mapping) -> HttpApi {
    let mut configuration = configuration(&[]);
    configuration.routes.push(Route {
        mapping,
        ..route(key)
    });
    HttpApi::new(configuration).unwrap()
}

fn changing(changes: Changes<'_>) -> HttpApi {
    api("ANY /{rest+}", Mapping::parse(changes, &[]).unwrap())
}

/// The value of the header `mapped` that a request has after the mapping, or null.
fn mapped(value: &str, request: &super::fixture::Request) -> Value {
    let api = changing(&[("overwrite:header.mapped", value)]);
    event(&api, request)["headers"]["mapped"].take()
}

fn respond(status: u16, changes: Changes<'_>, output: &Value) -> Response {
    let mapping = Mapping::parse(&[], &[(status, changes)]).unwrap();
    let api = api("GET /notes", mapping);
    let invocation = invoked(&api, &get("/notes"));
    let output = Outcome::Payload(output.to_string().into());
    api.answer(&invocation, &get("/notes"), output).response
}

#[test]
fn a_header_is_added_with_the_request_id() {
    let api = changing(&[("append:header.header1", "$context.requestId")]);

    let event = event(&api, &get("/notes"));

    assert_eq!(
        event["headers"]["header1"],
        event["requestContext"]["requestId"]
    );
}

#[test]
fn a_request_header_is_renamed() {
    let api = changing(&[
        ("append:header.header2", "$request.header.header1"),
        ("remove:header.header1", "''"),
    ]);

    let event = event(&api, &get("/notes").with("header1", "a"));

    assert_eq!(event["headers"]["header2"], "a");
    assert_eq!(event["headers"]["header1"], Value::Null);
}

#[test]
fn a_response_gets_another_status_and_a_header() {
    let changes: Changes<'_> = &[
        ("append:header.header1", "$context.requestId"),
        ("overwrite:statuscode", "403"),
    ];

    let changed = respond(500, changes, &json!({ "statusCode": 500, "body": "a" }));
    let other = respond(500, changes, &json!({ "statusCode": 501 }));

    assert_eq!(changed.status(), 403);
    assert_eq!(
        header(&changed, "header1"),
        header(&changed, "apigw-requestid")
    );
    assert_eq!(text(&changed), "a");
    assert_eq!(other.status(), 501);
    assert!(header(&other, "header1").is_empty());
}

#[test]
fn append_adds_a_value_and_overwrite_replaces_all() {
    let sent = get("/notes?q=1&q=2&r=%20").with("a", "1").with("a", "2");
    for (key, name, expected) in [
        ("append:header.A", "headers", "1,2,x y"),
        ("overwrite:header.a", "headers", "x y"),
        ("append:querystring.q", "queryStringParameters", "1,2,x y"),
        ("overwrite:querystring.q", "queryStringParameters", "x y"),
    ] {
        let event = event(&changing(&[(key, "x y")]), &sent);

        let parameter = if name == "headers" { "a" } else { "q" };
        assert_eq!(event[name][parameter], expected, "{key}");
    }
}

#[test]
fn other_query_parameters_stay_as_sent() {
    let sent = get("/notes?a=%20+&b=1&%62=2&c");

    let removed = event(&changing(&[("remove:querystring.b", "")]), &sent);
    let added = event(&changing(&[("append:querystring.d", "&=é")]), &sent);

    assert_eq!(removed["rawQueryString"], "a=%20+&c");
    assert_eq!(added["rawQueryString"], "a=%20+&b=1&%62=2&c&d=%26%3D%C3%A9");
}

#[test]
fn the_path_is_overwritten_in_the_event_only() {
    let api = changing(&[("overwrite:path", "/v2/${request.path.rest}")]);

    let event = event(&api, &get("/notes/7"));

    assert_eq!(event["rawPath"], "/v2/notes/7");
    assert_eq!(event["routeKey"], "ANY /{rest+}");
    assert_eq!(event["pathParameters"]["rest"], "notes/7");
}

#[test]
fn every_source_of_a_request_has_its_value() {
    let sent = request("POST", "/notes/7?q=1&q=2&Q=3")
        .with("a", "1")
        .with("A", "2")
        .body(r#"{"user":{"names":["Ana","Ben"]},"n":1.5,"none":null,"list":[1]}"#);
    for (value, expected) in [
        ("$request.header.A", json!("1,2")),
        ("$request.querystring.q", json!("1,2")),
        ("$request.path", json!("/notes/7")),
        ("$request.path.rest", json!("notes/7")),
        ("$request.body.user.names[1]", json!("Ben")),
        ("$request.body['n']", json!("1.5")),
        ("$request.body.list", json!("[1]")),
        ("$context.httpMethod", json!("POST")),
        ("$context.identity.sourceIp", json!("192.0.2.7")),
        ("$context.routeKey", json!("ANY /{rest+}")),
        ("$context.requestTimeEpoch", json!("1783711145123")),
        ("$context.stage", json!("$default")),
        (
            "${request.header.a}-${context.httpMethod}!",
            json!("1,2-POST!"),
        ),
        ("text", json!("text")),
    ] {
        assert_eq!(mapped(value, &sent), expected, "{value}");
    }
    let small = request("POST", "/notes").body("[1]");
    assert_eq!(mapped("$request.body", &small), "[1]");
}

#[test]
fn a_missing_source_changes_nothing() {
    for value in [
        "$request.header.other",
        "$request.querystring.other",
        "$request.path.other",
        "$request.body",
        "$request.body.a",
        "$context.authorizer.claims.sub",
        "$stageVariables.a",
        "${request.header.other}-",
    ] {
        let sent = get("/notes").with("mapped", "before");

        assert_eq!(mapped(value, &sent), "before", "{value}");
    }
    let sent = get("/notes").with("a", "1");
    assert_eq!(
        mapped("${request.header.a}-${request.header.b}", &sent),
        "1-"
    );
}

#[test]
fn a_value_that_no_header_can_have_changes_nothing() {
    let sent = request("POST", "/notes").body("{\"a\":\"1\\n2\"}");

    assert_eq!(mapped("$request.body.a", &sent), Value::Null);
}

#[test]
fn a_body_is_cut_at_100_kb_before_its_path_is_evaluated() {
    let filled = |length: usize| {
        let around = "{\"a\":\"1\",\"b\":\"\"}".len();
        format!("{{\"a\":\"1\",\"b\":\"{}\"}}", "x".repeat(length - around))
    };

    let whole = request("POST", "/notes").body(filled(102_400));
    let longer = request("POST", "/notes").body(filled(102_401));

    assert_eq!(mapped("$request.body.a", &whole), "1");
    assert_eq!(mapped("$request.body.a", &longer), Value::Null);
}

#[test]
fn all_values_are_those_of_the_request_as_it_arrived() {
    let api = changing(&[
        ("overwrite:header.a", "$request.header.b"),
        ("overwrite:header.b", "$request.header.a"),
    ]);

    let event = event(&api, &get("/notes").with("a", "1").with("b", "2"));

    assert_eq!(event["headers"]["a"], "2");
    assert_eq!(event["headers"]["b"], "1");
}

#[test]
fn a_mapping_changes_events_of_both_payload_formats() {
    let mut configuration = configuration(&[]);
    let changes: Changes<'_> = &[("append:querystring.q", "2"), ("overwrite:path", "/v2")];
    configuration.routes.push(Route {
        mapping: Mapping::parse(changes, &[]).unwrap(),
        payload_format: PayloadFormat::V1,
        ..route("GET /notes")
    });
    let api = HttpApi::new(configuration).unwrap();

    let event = event(&api, &get("/notes?q=1"));

    assert_eq!(
        event["multiValueQueryStringParameters"]["q"],
        json!(["1", "2"])
    );
    assert_eq!(event["path"], "/v2");
}

#[test]
fn every_source_of_a_response_has_its_value() {
    let output = json!({
        "statusCode": 200,
        "headers": { "a": "1", "b": "2" },
        "body": r#"{"error":{"code":"full"}}"#,
    });
    for (key, value, expected) in [
        ("overwrite:header.c", "$response.header.A", vec!["1"]),
        ("append:header.c", "$response.body.error.code", vec!["full"]),
        (
            "append:header.c",
            "$response.body",
            vec![r#"{"error":{"code":"full"}}"#],
        ),
        ("append:header.c", "$context.path", vec!["/notes"]),
        (
            "append:header.c",
            "${response.header.b}/${context.stage}",
            vec!["2/$default"],
        ),
        ("append:header.c", "$stageVariables.a", vec![]),
    ] {
        let response = respond(200, &[(key, value)], &output);

        assert_eq!(header(&response, "c"), expected, "{value}");
    }
    let response = respond(
        200,
        &[("append:header.a", "2"), ("remove:header.b", "")],
        &output,
    );
    assert_eq!(header(&response, "a"), ["1", "2"]);
    assert!(header(&response, "b").is_empty());
}

#[test]
fn a_status_from_a_response_must_be_one() {
    for (code, expected) in [("404", 404), ("99", 200), ("600", 200), ("x", 200)] {
        let output = json!({ "statusCode": 200, "headers": { "code": code } });

        let response = respond(
            200,
            &[("overwrite:statuscode", "$response.header.code")],
            &output,
        );

        assert_eq!(response.status(), expected, "{code}");
    }
}

#[test]
fn errors_of_the_gateway_are_not_mapped() {
    let changes: Changes<'_> = &[("overwrite:statuscode", "403")];
    let mapping = Mapping::parse(&[], &[(500, changes)]).unwrap();
    let api = api("GET /notes", mapping);
    let invocation = invoked(&api, &get("/notes"));

    let answer = api.answer(&invocation, &get("/notes"), Outcome::FunctionError);

    assert_eq!(answer.response.status(), 500);
}
