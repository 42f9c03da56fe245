//! Requests to send and APIs to send them to.

use std::{
    net::{IpAddr, Ipv4Addr},
    ops::{Deref, DerefMut},
};

use bytes::Bytes;
use gateway::{
    Accepted, Access, Answer, Api, AuthorizerCall, Configuration, Document, HttpApi, Invocation,
    Outcome, Response, Route, Timestamp,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use uuid::Uuid;

/// A request with its body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: gateway::Request,
    pub(crate) body: Bytes,
}

impl Deref for Request {
    type Target = gateway::Request;

    fn deref(&self) -> &gateway::Request {
        &self.head
    }
}

impl DerefMut for Request {
    fn deref_mut(&mut self) -> &mut gateway::Request {
        &mut self.head
    }
}

/// The gateway's decision about a request with its body.
#[derive(Debug)]
pub(crate) enum Decision {
    Answer(Answer),
    Fetch(Document),
    Authorize(Box<AuthorizerCall>),
    Invoke(Invocation),
}

pub(crate) fn receive(api: &impl Receive, request: &Request, at: Timestamp) -> Decision {
    follow(api, api.receive(request, at), request, at)
}

/// Sends the body, if the gateway wants it.
pub(crate) fn follow(
    api: &impl Receive,
    decision: gateway::Decision,
    request: &Request,
    at: Timestamp,
) -> Decision {
    match decision {
        gateway::Decision::Answer(answer) => Decision::Answer(answer),
        gateway::Decision::Fetch(document) => Decision::Fetch(document),
        gateway::Decision::Authorize(call) => Decision::Authorize(call),
        gateway::Decision::Body(accepted) => match api.invoke(*accepted, request, at) {
            Ok(invocation) => Decision::Invoke(invocation),
            Err(answer) => Decision::Answer(*answer),
        },
    }
}

/// An API of either kind.
pub(crate) trait Receive {
    fn receive(&self, request: &gateway::Request, at: Timestamp) -> gateway::Decision;

    fn invoke(
        &self,
        accepted: Accepted,
        request: &Request,
        at: Timestamp,
    ) -> Result<Invocation, Box<Answer>>;
}

impl Receive for HttpApi {
    fn receive(&self, request: &gateway::Request, at: Timestamp) -> gateway::Decision {
        self.receive(request, at)
    }

    fn invoke(
        &self,
        accepted: Accepted,
        request: &Request,
        at: Timestamp,
    ) -> Result<Invocation, Box<Answer>> {
        self.invoke(accepted, request, &request.body, at)
    }
}

impl Receive for Api {
    fn receive(&self, request: &gateway::Request, at: Timestamp) -> gateway::Decision {
        self.receive(request, at)
    }

    fn invoke(
        &self,
        accepted: Accepted,
        request: &Request,
        at: Timestamp,
    ) -> Result<Invocation, Box<Answer>> {
        self.invoke(accepted, request, &request.body, at)
    }
}

/// 10 July 2026, 19:19:05 and 123 ms UTC.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millisecond(1_783_711_145_123).unwrap()
}

/// An API with these public routes; each one's integration is its key.
pub(crate) fn api(keys: &[&str]) -> HttpApi {
    HttpApi::new(configuration(keys)).unwrap()
}

pub(crate) fn configuration(keys: &[&str]) -> Configuration {
    Configuration {
        routes: keys.iter().map(|key| route(key)).collect(),
        ..Configuration::default()
    }
}

pub(crate) fn route(key: &str) -> Route {
    Route::new(key.parse().unwrap(), key)
}

/// One route behind an authorizer.
pub(crate) fn guarded(key: &str, authorization: Access) -> Route {
    Route {
        authorization,
        ..route(key)
    }
}

/// A GET request with no header but `host`.
pub(crate) fn get(target: &str) -> Request {
    request("GET", target)
}

pub(crate) fn request(method: &str, target: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("api.example.com:3000"));
    let head = gateway::Request {
        id: Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef),
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        target: Bytes::copy_from_slice(target.as_bytes()),
        headers,
        source_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
    };
    Request {
        head,
        body: Bytes::new(),
    }
}

/// Adds to a request what a test is about.
pub(crate) trait With {
    fn with(self, name: &str, value: &str) -> Self;
    fn with_bytes(self, name: &str, value: &[u8]) -> Self;
    fn body(self, body: impl Into<Bytes>) -> Self;
}

impl With for Request {
    fn with(self, name: &str, value: &str) -> Request {
        self.with_bytes(name, value.as_bytes())
    }

    fn with_bytes(mut self, name: &str, value: &[u8]) -> Request {
        self.headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value).unwrap(),
        );
        self
    }

    fn body(mut self, body: impl Into<Bytes>) -> Request {
        self.body = body.into();
        self
    }
}

/// The invocation that a request leads to.
#[track_caller]
pub(crate) fn invoked(api: &impl Receive, request: &Request) -> Invocation {
    match receive(api, request, now()) {
        Decision::Invoke(invocation) => invocation,
        other => panic!("{} is not invoked: {other:?}", show(request)),
    }
}

/// The event that a request leads to.
#[track_caller]
pub(crate) fn event(api: &HttpApi, request: &Request) -> Value {
    serde_json::from_slice(&invoked(api, request).payload).unwrap()
}

/// The gateway's own answer to a request.
#[track_caller]
pub(crate) fn answered(api: &impl Receive, request: &Request) -> Response {
    match receive(api, request, now()) {
        Decision::Answer(answer) => answer.response,
        other => panic!("{} is not answered: {other:?}", show(request)),
    }
}

/// The key of the route that serves a request, or the status of the gateway's own answer.
pub(crate) fn served_by(api: &HttpApi, request: &Request) -> String {
    match receive(api, request, now()) {
        Decision::Invoke(invocation) => invocation.integration,
        Decision::Answer(answer) => answer.response.status().as_u16().to_string(),
        other => panic!("{} is not decided: {other:?}", show(request)),
    }
}

/// The response to a function's output, on a public route of payload format 2.0.
pub(crate) fn response(output: &str) -> Response {
    let api = api(&["GET /"]);
    let invocation = invoked(&api, &get("/"));
    let output = Outcome::Payload(Bytes::copy_from_slice(output.as_bytes()));
    api.answer(&invocation, &get("/"), output).response
}

pub(crate) fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

/// The values of one header, in order.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let values = response.headers().get_all(name).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

fn show(request: &Request) -> String {
    let target = String::from_utf8_lossy(&request.target);
    format!("{} {target}", request.method)
}
