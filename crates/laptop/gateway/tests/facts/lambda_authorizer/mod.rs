//! Lambda authorizers of both kinds of API (facts R3.5 to R3.11, and section 5 of the facts).

mod answers;
mod cache;
mod events;
mod policies;

use std::time::Duration;

use bytes::Bytes;
use gateway::{
    Access, Api, AuthorizerOutcome, AuthorizerTrigger, Configuration, HttpApi, PayloadFormat,
    Response, RestApi, RestConfiguration, Route, Timestamp,
};
use manifest::{AuthorizerKind, IdentitySource};
use serde_json::{Value, json};

use crate::fixture::{Decision, Request, With, follow, get, guarded, now, receive};

/// The ARN of `GET /notes/1` behind the HTTP API.
const HTTP_ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:colonnade0/$default/GET/notes/1";

/// The ARN of `GET /notes/1` behind the REST API.
const REST_ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:colonnade0/stage/GET/notes/1";

/// An authorizer with `Authorization` as its identity source, whose answers are kept for 300 seconds.
fn authorizer(kind: AuthorizerKind) -> AuthorizerTrigger {
    AuthorizerTrigger {
        kind,
        payload_format: PayloadFormat::V1,
        simple_responses: false,
        identity: vec![IdentitySource::Header("Authorization".to_owned())],
        ttl: Duration::from_secs(300),
    }
}

fn by_request() -> AuthorizerTrigger {
    authorizer(AuthorizerKind::Request)
}

fn by_token() -> AuthorizerTrigger {
    authorizer(AuthorizerKind::Token)
}

/// Answers `isAuthorized` to the event of payload format 2.0.
fn simple() -> AuthorizerTrigger {
    AuthorizerTrigger {
        payload_format: PayloadFormat::V2,
        simple_responses: true,
        ..by_request()
    }
}

fn without_cache(authorizer: AuthorizerTrigger) -> AuthorizerTrigger {
    AuthorizerTrigger {
        ttl: Duration::ZERO,
        ..authorizer
    }
}

fn protected(authorizer: AuthorizerTrigger) -> Configuration {
    let access = || Access::Authorizer {
        name: "doorkeeper".to_owned(),
    };
    Configuration {
        routes: vec![
            guarded("GET /notes/{noteId}", access()),
            guarded("PUT /notes/{noteId}", access()),
        ],
        authorizers: [("doorkeeper".to_owned(), authorizer)].into(),
        ..Configuration::default()
    }
}

fn http(authorizer: AuthorizerTrigger) -> Api {
    Api::Http(HttpApi::new(protected(authorizer)).unwrap())
}

fn rest(authorizer: AuthorizerTrigger) -> Api {
    let configuration = RestConfiguration::new(protected(authorizer), "stage");
    Api::Rest(RestApi::new(configuration).unwrap())
}

/// A request to the note of the ARNs, with a token.
fn note(api: &Api) -> Request {
    let target = match api {
        Api::Http(_) => "/notes/1",
        Api::Rest(_) => "/stage/notes/1",
    };
    get(target).with("authorization", "open sesame")
}

fn output(answer: &Value) -> AuthorizerOutcome {
    AuthorizerOutcome::Payload(Bytes::from(answer.to_string()))
}

/// An answer with one statement.
fn policy(effect: &str, resource: &str) -> Value {
    json!({
        "principalId": "ann",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": effect,
                "Resource": resource,
            }],
        },
    })
}

/// An answer that allows everything, with this context.
fn allowing(context: Value) -> Value {
    let mut answer = policy("Allow", "*");
    answer["context"] = context;
    answer
}

/// Returns the event with which the authorizer is invoked.
#[track_caller]
fn asked(api: &Api, request: &Request) -> Value {
    match receive(api, request, now()) {
        Decision::Authorize(call) => serde_json::from_slice(call.payload()).unwrap(),
        other => panic!("the authorizer is not invoked: {other:?}"),
    }
}

/// Returns the decision about a request whose authorizer, if it is invoked, has this outcome at `at`.
fn decide_at(api: &Api, request: &Request, outcome: AuthorizerOutcome, at: Timestamp) -> Decision {
    match receive(api, request, at) {
        Decision::Authorize(call) => {
            let decision = api.authorize(*call, request, outcome, at);
            follow(api, decision, request, at)
        }
        decision => decision,
    }
}

/// Returns the event of the function after this answer.
#[track_caller]
fn accepted(api: &Api, answer: &Value) -> Value {
    match decide_at(api, &note(api), output(answer), now()) {
        Decision::Invoke(invocation) => serde_json::from_slice(&invocation.payload).unwrap(),
        other => panic!("not accepted: {other:?}"),
    }
}

/// Returns the gateway's answer after this outcome.
#[track_caller]
fn refused(api: &Api, outcome: AuthorizerOutcome) -> Response {
    match decide_at(api, &note(api), outcome, now()) {
        Decision::Answer(answer) => answer.response,
        other => panic!("not refused: {other:?}"),
    }
}

/// The route `GET /notes/{noteId}`.
fn route_of(configuration: &mut Configuration) -> &mut Route {
    &mut configuration.routes[0]
}
