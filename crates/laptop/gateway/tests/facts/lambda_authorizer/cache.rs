//! Answers that are kept (fact R3.10).

use std::time::Duration;

use gateway::{AuthorizerOutcome, Timestamp};
use serde_json::{Value, json};

use super::{
    Api, REST_ARN, allowing, by_request, by_token, decide_at, http, note, output, policy, rest,
    simple, without_cache,
};
use crate::fixture::{Decision, With, get, now, receive, request};

fn is_invoked(api: &Api, request: &crate::fixture::Request, at: Timestamp) -> bool {
    matches!(receive(api, request, at), Decision::Authorize(_))
}

#[test]
fn an_answer_is_kept_until_its_ttl_is_over() {
    let permit = json!({ "isAuthorized": true });
    for (api, answer) in [
        (http(simple()), permit),
        (http(by_request()), policy("Allow", "*")),
        (rest(by_request()), policy("Allow", "*")),
        (rest(by_token()), policy("Allow", "*")),
    ] {
        decide_at(&api, &note(&api), output(&answer), now());

        let later = |seconds| now() + Duration::from_secs(seconds);
        assert!(!is_invoked(&api, &note(&api), later(299)));
        assert!(is_invoked(&api, &note(&api), later(300)));
    }
}

#[test]
fn an_answer_that_denies_is_kept() {
    let api = rest(by_token());
    decide_at(&api, &note(&api), output(&policy("Deny", "*")), now());

    let Decision::Answer(answer) = receive(&api, &note(&api), now()) else {
        panic!("the authorizer is invoked again");
    };
    assert_eq!(answer.response.status(), 403);
}

// Trap 7.
#[test]
fn a_kept_policy_is_evaluated_for_each_route() {
    let put = |target| request("PUT", target).with("authorization", "open sesame");
    for (api, target, arn) in [
        (rest(by_token()), "/stage/notes/1", REST_ARN),
        (http(by_request()), "/notes/1", super::HTTP_ARN),
    ] {
        let first = decide_at(&api, &note(&api), output(&policy("Allow", arn)), now());
        let next = receive(&api, &put(target), now());

        assert!(matches!(first, Decision::Invoke(_)), "{first:?}");
        let Decision::Answer(answer) = next else {
            panic!("the other route is not refused: {next:?}");
        };
        assert_eq!(answer.response.status(), 403);
    }
}

#[test]
fn a_kept_answer_is_for_one_identity() {
    let api = rest(by_token());
    decide_at(&api, &note(&api), output(&policy("Allow", "*")), now());

    let other = get("/stage/notes/1").with("authorization", "open barley");

    assert!(is_invoked(&api, &other, now()));
}

#[test]
fn without_ttl_each_request_invokes_the_authorizer_once() {
    for api in [
        http(without_cache(by_request())),
        rest(without_cache(by_token())),
    ] {
        for _ in 0..2 {
            assert!(is_invoked(&api, &note(&api), now()));
            let decision = decide_at(&api, &note(&api), output(&policy("Allow", "*")), now());
            assert!(matches!(decision, Decision::Invoke(_)), "{decision:?}");
        }
    }
}

#[test]
fn a_failure_is_not_kept() {
    for outcome in [
        AuthorizerOutcome::TimedOut,
        AuthorizerOutcome::FunctionError(r#"{"errorMessage":"Unauthorized"}"#.into()),
        AuthorizerOutcome::Payload("nonsense".into()),
        output(&allowing(json!({ "roles": [] }))),
    ] {
        let api = rest(by_token());
        decide_at(&api, &note(&api), outcome, now());

        assert!(is_invoked(&api, &note(&api), now()));
    }
}

#[test]
fn the_latency_is_that_of_the_invocation_or_0_from_the_cache() {
    let api = rest(by_token());
    let Decision::Authorize(call) = receive(&api, &note(&api), now()) else {
        panic!("the authorizer is not invoked");
    };
    let answered_at = now() + Duration::from_millis(34);
    let answer = output(&policy("Allow", "*"));
    let latency = |decision: Decision| {
        let Decision::Invoke(invocation) = decision else {
            panic!("not accepted: {decision:?}");
        };
        let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
        event["requestContext"]["authorizer"]["integrationLatency"].clone()
    };

    let decision = api.authorize(*call, &note(&api), answer, answered_at);
    let first = crate::fixture::follow(&api, decision, &note(&api), answered_at);
    let second = receive(&api, &note(&api), answered_at);

    assert_eq!(latency(first), 34);
    assert_eq!(latency(second), 0);
}
