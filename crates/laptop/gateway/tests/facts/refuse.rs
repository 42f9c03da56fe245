//! Section 4: the gateway's own answers, to the byte.

use gateway::{Outcome, Refusal, limits};
use uuid::Uuid;

use crate::fixture::{answered, api, get, header, invoked, text};

// Section 4 of docs/fidelity.md.
#[test]
fn status_body_and_length() {
    let api = api(&["GET /"]);
    let challenge = Refusal::Unauthorized("Bearer".to_owned());
    let head = Refusal::HeadTooLarge;
    for (refusal, status, body, length) in [
        (Refusal::BadRequest, 400, r#"{"message":"Bad Request"}"#, 25),
        (challenge, 401, r#"{"message":"Unauthorized"}"#, 26),
        (Refusal::Forbidden, 403, r#"{"message":"Forbidden"}"#, 23),
        (Refusal::NotFound, 404, r#"{"message":"Not Found"}"#, 23),
        (
            Refusal::RequestTooLarge,
            413,
            r#"{"message":"Request Entity Too Large"}"#,
            38,
        ),
        (
            Refusal::TooManyRequests,
            429,
            r#"{"message":"Too Many Requests"}"#,
            31,
        ),
        (
            head,
            431,
            r#"{"message":"Request Header Fields Too Large"}"#,
            45,
        ),
        (
            Refusal::Internal,
            500,
            r#"{"message":"Internal Server Error"}"#,
            35,
        ),
        (
            Refusal::Unavailable,
            503,
            r#"{"message":"Service Unavailable"}"#,
            33,
        ),
    ] {
        let response = api.refuse(&refusal, Uuid::nil()).response;

        assert_eq!(response.status(), status, "{refusal:?}");
        assert_eq!(text(&response), body, "{refusal:?}");
        assert_eq!(response.body().len(), length, "{refusal:?}");
        assert_eq!(
            header(&response, "content-type"),
            ["application/json"],
            "{refusal:?}"
        );
        assert_eq!(header(&response, "apigw-requestid").len(), 1, "{refusal:?}");
        let challenges = header(&response, "www-authenticate").len();
        assert_eq!(challenges, usize::from(status == 401), "{refusal:?}");
        assert_eq!(response.headers().len(), 2 + challenges, "{refusal:?}");
    }
}

#[test]
fn throttled_and_timed_out_functions_are_a_503() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));

    for outcome in [Outcome::Throttled, Outcome::TimedOut] {
        let response = api.answer(&invocation, &get("/"), outcome.clone()).response;
        assert_eq!(response.status(), 503, "{outcome:?}");
        assert_eq!(
            text(&response),
            r#"{"message":"Service Unavailable"}"#,
            "{outcome:?}"
        );
        assert_eq!(response.body().len(), 33, "{outcome:?}");
    }
    assert_eq!(limits::INTEGRATION_TIMEOUT.as_secs(), 30);
}

// Section 8.3 of docs/fidelity.md.
#[test]
fn an_event_that_lambda_refuses_is_a_413() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));

    let response = api
        .answer(&invocation, &get("/"), Outcome::RequestTooLarge)
        .response;

    assert_eq!(response.status(), 413);
}

// Fact 1.14.
#[test]
fn a_function_that_may_not_be_invoked_is_a_500() {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));

    let response = api
        .answer(&invocation, &get("/"), Outcome::NotInvocable)
        .response;

    assert_eq!(response.status(), 500);
    assert_eq!(text(&response), r#"{"message":"Internal Server Error"}"#);
}

// Fact 2.1.
#[test]
fn refusals_have_the_id_of_their_request() {
    let api = api(&["GET /"]);

    let refused = answered(&api, &get("/unknown"));
    let invocation = invoked(&api, &get("/"));

    assert_eq!(header(&refused, "apigw-requestid"), [invocation.request_id]);
}
