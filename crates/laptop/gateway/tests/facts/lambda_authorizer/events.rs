//! The events of authorizers, and when an authorizer is not invoked.

use manifest::IdentitySource;
use serde_json::{Value, json};

use super::{
    AuthorizerTrigger, HTTP_ARN, REST_ARN, asked, by_request, by_token, http, note, refused, rest,
    simple, without_cache,
};
use crate::fixture::{Decision, With, answered, get, header, now, receive, text};

// Fact R3.5.
#[test]
fn an_authorizer_of_type_token_gets_the_token_and_the_arn() {
    let api = rest(by_token());

    assert_eq!(
        asked(&api, &note(&api)),
        json!({
            "type": "TOKEN",
            "authorizationToken": "open sesame",
            "methodArn": REST_ARN,
        })
    );
}

// Fact R3.6.
#[test]
fn an_authorizer_of_a_rest_api_gets_the_request_without_its_body() {
    let api = rest(by_request());
    let request = get("/stage/notes/1?a=1&a=2")
        .with("authorization", "open sesame")
        .body("secret");

    let event = asked(&api, &request);

    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["methodArn"], REST_ARN);
    assert_eq!(event["resource"], "/notes/{noteId}");
    assert_eq!(event["path"], "/notes/1");
    assert_eq!(event["httpMethod"], "GET");
    assert_eq!(event["headers"]["Authorization"], "open sesame");
    assert_eq!(event["queryStringParameters"], json!({ "a": "2" }));
    assert_eq!(
        event["multiValueQueryStringParameters"],
        json!({ "a": ["1", "2"] })
    );
    assert_eq!(event["pathParameters"], json!({ "noteId": "1" }));
    assert_eq!(event["stageVariables"], json!({}));
    assert_eq!(event["requestContext"]["stage"], "stage");
    assert_eq!(event["requestContext"].get("authorizer"), None);
    assert_eq!(event.get("body"), None);
    assert_eq!(event.get("isBase64Encoded"), None);
}

#[test]
fn an_authorizer_of_an_http_api_gets_payload_format_1_0() {
    let api = http(by_request());

    let event = asked(&api, &note(&api).with("content-length", "6").body("secret"));

    assert_eq!(event["version"], "1.0");
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["methodArn"], HTTP_ARN);
    assert_eq!(event["identitySource"], "open sesame");
    assert_eq!(event["authorizationToken"], "open sesame");
    assert_eq!(event["resource"], "/notes/{noteId}");
    assert_eq!(event["headers"]["Content-Length"], "6");
    assert_eq!(event["queryStringParameters"], json!({}));
    assert_eq!(event.get("body"), None);
}

#[test]
fn an_authorizer_of_an_http_api_gets_payload_format_2_0() {
    let api = http(simple());

    let event = asked(&api, &note(&api));

    assert_eq!(event["version"], "2.0");
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["routeArn"], HTTP_ARN);
    assert_eq!(event["identitySource"], json!(["open sesame"]));
    assert_eq!(event["routeKey"], "GET /notes/{noteId}");
    assert_eq!(event["rawPath"], "/notes/1");
    assert_eq!(event["requestContext"]["http"]["method"], "GET");
    assert_eq!(event.get("body"), None);
    assert_eq!(event.get("isBase64Encoded"), None);
}

// Fact R3.9 and acceptance row 28.
#[test]
fn a_missing_or_empty_identity_is_a_401_without_invocation() {
    for (api, target) in [
        (rest(by_token()), "/stage/notes/1"),
        (rest(by_request()), "/stage/notes/1"),
        (http(by_request()), "/notes/1"),
        (http(without_cache(simple())), "/notes/1"),
    ] {
        for request in [get(target), get(target).with("authorization", "")] {
            let response = answered(&api, &request);

            assert_eq!(response.status(), 401);
            assert_eq!(text(&response), r#"{"message":"Unauthorized"}"#);
            let challenge = header(&response, "www-authenticate");
            match api {
                gateway::Api::Http(_) => assert_eq!(challenge, ["Bearer"]),
                gateway::Api::Rest(_) => {
                    assert!(challenge.is_empty());
                    let error = header(&response, "x-amzn-errortype");
                    assert_eq!(error, ["UnauthorizedException"]);
                }
            }
        }
    }
}

// Fact R3.9.
#[test]
fn a_rest_authorizer_without_cache_is_invoked_without_identity() {
    let api = rest(without_cache(by_request()));

    let event = asked(&api, &get("/stage/notes/1"));

    assert_eq!(event["headers"].get("Authorization"), None);
}

#[test]
fn identity_comes_from_each_source() {
    let sources = [
        IdentitySource::Header("X-Pass".to_owned()),
        IdentitySource::QueryString("pass".to_owned()),
        IdentitySource::Context("httpMethod".to_owned()),
        IdentitySource::Context("identity.sourceIp".to_owned()),
    ];
    let declared = AuthorizerTrigger {
        identity: sources.to_vec(),
        ..simple()
    };
    let request = |target: &str| get(target).with("x-pass", "a").with("x-pass", "b");

    let event = asked(&http(declared.clone()), &request("/notes/1?pass=c%20d"));

    let expected = json!(["a,b", "c d", "GET", "192.0.2.7"]);
    assert_eq!(event["identitySource"], expected);
    let api = rest(declared);
    let decision = receive(&api, &request("/stage/notes/1?pass=c"), now());
    assert!(matches!(decision, Decision::Authorize(_)), "{decision:?}");
    assert_eq!(answered(&api, &request("/stage/notes/1")).status(), 401);
}

#[test]
fn a_stage_variable_as_identity_is_always_missing() {
    let declared = AuthorizerTrigger {
        identity: vec![IdentitySource::StageVariable("pass".to_owned())],
        ..by_request()
    };

    for api in [http(declared.clone()), rest(declared)] {
        assert_eq!(answered(&api, &note(&api)).status(), 401);
    }
}

// Fact R1.17.
#[test]
fn a_rest_method_with_a_long_arn_is_a_414() {
    let api = rest(by_token());
    let target = format!("/stage/notes/{}", "n".repeat(1_600));

    let response = answered(&api, &get(&target).with("authorization", "open sesame"));

    assert_eq!(response.status(), 414);
    assert!(text(&response).contains("Request URI too long"));
}

#[test]
fn the_trace_and_the_id_of_an_authorizer_are_those_of_the_request() {
    for api in [http(by_request()), rest(by_request())] {
        let Decision::Authorize(call) = receive(&api, &note(&api), now()) else {
            panic!("the authorizer is not invoked");
        };
        let event: Value = serde_json::from_slice(call.payload()).unwrap();

        assert_eq!(call.function(), "doorkeeper");
        assert_eq!(call.request_id(), event["requestContext"]["requestId"]);
        assert!(call.trace_id().starts_with("Root=1-"));
        let response = refused(&api, gateway::AuthorizerOutcome::TimedOut);
        assert_eq!(
            header(&response, api.request_id_header()),
            [call.request_id()]
        );
    }
}
