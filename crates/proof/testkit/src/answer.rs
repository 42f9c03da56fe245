//! Responses of functions.

use aws_lambda_events::{encodings::Body, http::HeaderMap};
use function::{Describe, Reply, Request};
use serde_json::Value;

use crate::{
    Event, api_document,
    http_event::http_event,
    rest_event::{STAGE_PATH, rest_event},
};

/// The greatest number of bytes of a problem document, whatever the request.
const MAX_PROBLEM: usize = 40_000;

/// A function's response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: i64,
    /// The JSON body, or `Null` without a body.
    pub body: Value,
    headers: HeaderMap,
}

/// The kinds of API that invoke functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    Http,
    Rest,
}

tokio::task_local! {
    static API: Api;
}

/// Runs a test in which [`answer`] sends the events of one kind of API.
pub async fn over<T>(api: Api, test: impl Future<Output = T>) -> T {
    API.scope(api, test).await
}

/// Sends an event to a function's handler as the Lambda runtime does, and returns the response. The
/// event is that of an HTTP API, unless [`over`] says another. The response must be one that
/// `openapi.json` allows, and so must a request that the function accepts.
pub async fn answer<S, P: Describe>(
    state: &S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, P>,
    event: Event,
) -> Answer {
    let api = API.try_with(|api| *api).unwrap_or(Api::Http);
    let sent = match api {
        Api::Http => http_event(&event),
        Api::Rest => rest_event(&event),
    };
    let request_id = sent["requestContext"]["requestId"].clone();
    let sent = serde_json::from_value(sent).expect("the template with its changes is an event");
    let mut response = function::respond(state, handler, sent).await;
    if api == Api::Rest {
        remove_stage(&mut response.headers);
    }
    let body = match response.body {
        None | Some(Body::Empty) => Value::Null,
        Some(Body::Text(text)) => {
            let body: Value = serde_json::from_str(&text).expect("functions respond with JSON");
            let is_problem = response.status_code >= 400;
            assert!(
                !is_problem || text.len() <= MAX_PROBLEM,
                "a problem has {} bytes",
                text.len()
            );
            body
        }
        Some(body) => panic!("the body is not text: {body:?}"),
    };
    let answer = Answer {
        status: response.status_code,
        body,
        headers: response.headers,
    };
    answer.check(&request_id);
    api_document::check(&event, answer.status, &answer.headers, &answer.body);
    answer
}

/// Removes the stage of a REST API from the URLs of a response, so that a test expects one URL.
fn remove_stage(headers: &mut HeaderMap) {
    for (name, start) in [("location", ""), ("link", "<")] {
        if let Some(url) = headers.get_mut(name) {
            let text = url.to_str().expect("headers are ASCII");
            let path = text.strip_prefix(&format!("{start}{STAGE_PATH}"));
            let path = path.unwrap_or_else(|| panic!("{name} without the stage: {text}"));
            let path = format!("{start}{path}");
            *url = path.parse().expect("a part of a header's value is one");
        }
    }
}

/// Runs all `calls` concurrently, and returns their results.
pub async fn all_at_once<T>(calls: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures_util::future::join_all(calls).await
}

impl Answer {
    /// Returns a header's value, or an empty string without the header.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are ASCII"))
    }

    /// Returns the last part of the problem's type, or an empty string if the response is not a problem.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.body["type"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("/problems/")
    }

    /// Returns the invalid places of the request, each a JSON Pointer or the name of a parameter.
    #[must_use]
    pub fn wrong_places(&self) -> Vec<&str> {
        let errors = self.body["errors"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str().or(error["parameter"].as_str()))
            .collect()
    }

    /// Checks the rules for all responses.
    fn check(&self, request_id: &Value) {
        if self.status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json");
            assert_eq!(self.body["status"], self.status);
            assert_eq!(
                self.body["instance"], *request_id,
                "a problem contains its request id"
            );
        } else if self.body.is_null() {
            assert!(
                [204, 304].contains(&self.status),
                "{} without a body",
                self.status
            );
        } else {
            assert_eq!(self.header("content-type"), "application/json");
        }
        if self.status == 500 {
            assert_eq!(
                self.body.get("detail"),
                None,
                "a 500 must not disclose its cause"
            );
        }
    }
}
