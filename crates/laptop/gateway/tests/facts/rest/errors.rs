//! Section 6 of the REST facts: gateway responses, declared and default.

use std::collections::BTreeMap;

use gateway::{Access, Api, Outcome, Refusal, Throttle, limits};
use manifest::{GatewayResponse, ResponseType};
use uuid::Uuid;

use super::fixture::{answer, api, configuration, open, with_routes};
use crate::{
    authorize_iam::{case, principal, signed},
    fixture::{With, answered, get, guarded, header, request, route, text},
};

fn declared(responses: &[(ResponseType, GatewayResponse)]) -> Api {
    let mut configuration = configuration(&["GET /"]);
    configuration.gateway_responses = responses.iter().cloned().collect();
    open(configuration)
}

fn headers(headers: &[(&str, &str)]) -> GatewayResponse {
    let headers = headers.iter();
    GatewayResponse {
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..GatewayResponse::default()
    }
}

fn json_template(template: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("application/json".to_owned(), template.to_owned())])
}

// Fact R6.1.
#[test]
fn response_types_have_the_names_of_aws() {
    for (kind, name) in [
        (ResponseType::Default4xx, "DEFAULT_4XX"),
        (ResponseType::Default5xx, "DEFAULT_5XX"),
        (ResponseType::InvalidApiKey, "INVALID_API_KEY"),
        (ResponseType::WafFiltered, "WAF_FILTERED"),
    ] {
        assert_eq!(<&str>::from(kind), name);
        assert_eq!(name.parse(), Ok(kind));
    }
}

// Facts R6.3 and R6.4.
#[test]
fn a_declared_default_applies_to_each_type_without_its_own() {
    let api = declared(&[
        (
            ResponseType::Default5xx,
            GatewayResponse {
                status: Some(599),
                templates: json_template(r#"{"type":"$context.error.responseType"}"#),
                ..headers(&[("x-default", "'yes'")])
            },
        ),
        (
            ResponseType::IntegrationTimeout,
            headers(&[("x-own", "'yes'")]),
        ),
    ]);
    let respond = |outcome| answer(&api, &get("/stage"), outcome);

    for (outcome, kind) in [
        (Outcome::FunctionError, "INTEGRATION_FAILURE"),
        (Outcome::NotInvocable, "API_CONFIGURATION_ERROR"),
    ] {
        let response = respond(outcome);
        assert_eq!(response.status(), 599, "{kind}");
        assert_eq!(text(&response), format!(r#"{{"type":"{kind}"}}"#));
        assert_eq!(header(&response, "x-default"), ["yes"], "{kind}");
    }
    let own = respond(Outcome::TimedOut);
    assert_eq!(own.status(), 504);
    assert_eq!(text(&own), r#"{"message": "Endpoint request timed out"}"#);
    assert_eq!(header(&own, "x-own"), ["yes"]);
    assert!(header(&own, "x-default").is_empty());
}

// Facts R6.5 and R6.6.
#[test]
fn declared_headers_and_templates_use_variables() {
    let api = declared(&[(
        ResponseType::MissingAuthenticationToken,
        GatewayResponse {
            templates: json_template(
                "{\"m\":$context.error.messageString,\"t\":\"$context.error.message.\",\
                 \"id\":\"$context.requestId\",\"none\":\"$context.nothing\",\"price\":\"5 $\"}",
            ),
            ..headers(&[
                ("x-text", "'a b'"),
                ("x-origin", "method.request.header.Origin"),
                ("x-query", "method.request.querystring.q"),
                ("x-absent", "method.request.header.Absent"),
                ("x-stage", "context.stage"),
            ])
        },
    )]);
    let request = get("/stage/unknown?q=a%20b").with("origin", "https://a.example");

    let response = answered(&api, &request);

    assert_eq!(
        text(&response),
        "{\"m\":\"Missing Authentication Token\",\"t\":\"Missing Authentication Token.\",\
         \"id\":\"01234567-89ab-4def-8123-456789abcdef\",\"none\":\"\",\"price\":\"5 $\"}"
    );
    for (name, value) in [
        ("x-text", "a b"),
        ("x-origin", "https://a.example"),
        ("x-query", "a b"),
        ("x-stage", "stage"),
    ] {
        assert_eq!(header(&response, name), [value], "{name}");
    }
    assert!(header(&response, "x-absent").is_empty());
}

// Fact R1.9.
#[test]
fn nothing_declared_applies_without_the_stage() {
    let api = declared(&[(ResponseType::Default4xx, headers(&[("x-default", "'yes'")]))]);

    assert!(header(&answered(&api, &get("/other")), "x-default").is_empty());
    assert_eq!(
        header(&answered(&api, &get("/stage/other")), "x-default"),
        ["yes"]
    );
}

// Facts R1.20 and R6.2.
#[test]
fn rest_errors_have_their_headers() {
    let api = api(&["GET /"]);

    for (response, has_trace) in [
        (answered(&api, &get("/stage/unknown")), false),
        (answer(&api, &get("/stage"), Outcome::FunctionError), false),
        (answer(&api, &get("/stage"), Outcome::TimedOut), true),
    ] {
        let status = response.status();
        assert_eq!(header(&response, "content-type"), ["application/json"]);
        for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-errortype"] {
            assert_eq!(header(&response, name).len(), 1, "{status}: {name}");
        }
        let traces = header(&response, "x-amzn-trace-id");
        assert_eq!(traces.len(), usize::from(has_trace), "{status}");
        assert!(traces.iter().all(|trace| !trace.contains("Parent")));
    }
}

// Fact R1.17.
#[test]
fn a_long_rest_head_is_a_431() {
    let long = get("/stage").with("x-long", &"a".repeat(limits::HEAD));

    assert_eq!(answered(&api(&["GET /"]), &long).status(), 431);
}

// Fact R2.16.
#[test]
fn a_rest_body_or_event_that_is_too_long_is_a_413() {
    let api = api(&["POST /"]);
    for length in [limits::BODY + 1, limits::PAYLOAD] {
        let long = request("POST", "/stage").body(vec![b'a'; length]);

        let response = answered(&api, &long);

        assert_eq!(response.status(), 413, "{length}");
        assert_eq!(text(&response), r#"{"message":"Request Too Long"}"#);
    }
}

#[test]
fn a_request_that_the_server_refuses_has_a_rest_error() {
    let api = api(&[]);
    for (refusal, status, body) in [
        (Refusal::BadRequest, 400, r#"{"message": "Bad Request"}"#),
        (
            Refusal::RequestTooLarge,
            413,
            r#"{"message":"Request Too Long"}"#,
        ),
        (
            Refusal::Internal,
            500,
            r#"{"message": "Internal server error"}"#,
        ),
    ] {
        let response = api.refuse(&refusal, Uuid::nil()).response;
        assert_eq!(response.status(), status, "{refusal:?}");
        assert_eq!(text(&response), body, "{refusal:?}");
        assert_eq!(
            header(&response, "x-amzn-requestid"),
            [Uuid::nil().to_string()]
        );
    }
}

// Facts R4.2 and R4.3.
#[test]
fn a_throttled_rest_method_is_a_429() {
    let mut slow = route("GET /slow");
    slow.throttle = Some(Throttle {
        rate: 1.0,
        burst: 1,
    });
    let api = open(with_routes(vec![slow]));
    answer(&api, &get("/stage/slow"), Outcome::Payload("{}".into()));

    let response = answered(&api, &get("/stage/slow"));

    assert_eq!(response.status(), 429);
    assert_eq!(text(&response), r#"{"message":"Too Many Requests"}"#);
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        ["TooManyRequestsException"]
    );
}

fn signed_api(session_token: Option<&str>, allow: &[&str]) -> Api {
    let mut configuration = with_routes(
        ["ANY /", "ANY /{rest+}"]
            .map(|key| guarded(key, Access::Iam))
            .to_vec(),
    );
    // The fixture's requests are signed for paths that begin so.
    configuration.stage = "things".to_owned();
    configuration.api.principals = vec![principal(session_token, allow)];
    open(configuration)
}

// Fact R3.15.
#[test]
fn a_signed_rest_request_has_its_principal_in_the_event() {
    for signed_request in signed().requests {
        let api = signed_api(signed_request.session_token.as_deref(), &["*"]);
        let request = signed_request.request();

        let decision = crate::fixture::receive(&api, &request, signed().at());

        let crate::fixture::Decision::Invoke(invocation) = decision else {
            panic!("{}: {decision:?}", signed_request.name);
        };
        let event: serde_json::Value = serde_json::from_slice(&invocation.payload).unwrap();
        let identity = &event["requestContext"]["identity"];
        assert_eq!(identity["userArn"], "arn:aws:iam::123456789012:user/ann");
        assert_eq!(event["requestContext"].get("authorizer"), None);
    }
}

// Facts R3.12 to R3.14.
#[test]
fn unsigned_and_wrongly_signed_rest_requests_are_403s() {
    let api = signed_api(None, &["*"]);
    let errors = |request: &crate::fixture::Request, api: &Api| {
        let decision = crate::fixture::receive(api, request, signed().at());
        let crate::fixture::Decision::Answer(answer) = decision else {
            panic!("not refused: {decision:?}");
        };
        assert_eq!(answer.response.status(), 403);
        let kind = header(&answer.response, "x-amzn-errortype")[0].to_owned();
        (kind, text(&answer.response).to_owned())
    };
    let plain = case("a plain GET").request();
    let mut changed = plain.clone();
    changed.target = "/things/other".into();

    let (kind, body) = errors(&get("/things"), &api);
    assert_eq!(kind, "MissingAuthenticationTokenException");
    assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!(errors(&changed, &api).0, "InvalidSignatureException");
    let incomplete = get("/things").with("authorization", "AWS4-HMAC-SHA256 Credential");
    assert_eq!(errors(&incomplete, &api).0, "IncompleteSignatureException");
    let (kind, body) = errors(&plain, &signed_api(None, &[]));
    assert_eq!(kind, "AccessDeniedException");
    assert_eq!(
        body,
        r#"{"Message":"User: arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:colonnade0/things/GET/"}"#
    );
}
