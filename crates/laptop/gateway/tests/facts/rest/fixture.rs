//! REST APIs to send requests to. Their stage is `stage`.

use bytes::Bytes;
use gateway::{Api, Configuration, Outcome, Response, RestApi, RestConfiguration};
use serde_json::Value;

use crate::fixture::{self, Decision, Request, get, now};

/// An API with these public routes; each one's integration is its key.
pub(crate) fn api(keys: &[&str]) -> Api {
    open(configuration(keys))
}

pub(crate) fn open(configuration: RestConfiguration) -> Api {
    Api::Rest(RestApi::new(configuration).unwrap())
}

pub(crate) fn configuration(keys: &[&str]) -> RestConfiguration {
    RestConfiguration::new(fixture::configuration(keys), "stage")
}

pub(crate) fn with_routes(routes: Vec<gateway::Route>) -> RestConfiguration {
    let api = Configuration {
        routes,
        ..Configuration::default()
    };
    RestConfiguration::new(api, "stage")
}

pub(crate) fn event(api: &Api, request: &Request) -> Value {
    serde_json::from_slice(&fixture::invoked(api, request).payload).unwrap()
}

/// The route that serves a request, `preflight`, or the status of the gateway's own answer.
pub(crate) fn served_by(api: &Api, request: &Request) -> String {
    match fixture::receive(api, request, now()) {
        Decision::Invoke(invocation) => invocation.integration,
        Decision::Answer(answer) if answer.response.status() == 204 => "preflight".to_owned(),
        Decision::Answer(answer) => answer.response.status().as_u16().to_string(),
        other => panic!("not decided: {other:?}"),
    }
}

/// The response to a function's output.
pub(crate) fn response(output: &str) -> Response {
    response_of(&api(&["GET /"]), &get("/stage"), output)
}

pub(crate) fn response_of(api: &Api, request: &Request, output: &str) -> Response {
    let output = Bytes::copy_from_slice(output.as_bytes());
    answer(api, request, Outcome::Payload(output))
}

pub(crate) fn answer(api: &Api, request: &Request, outcome: Outcome) -> Response {
    let invocation = fixture::invoked(api, request);
    api.answer(&invocation, request, outcome).response
}
