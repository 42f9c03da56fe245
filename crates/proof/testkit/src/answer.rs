//! Responses of functions.

use aws_lambda_events::encodings::Body;
use function::{Describe, Reply, Request};
use serde_json::Value;

use crate::{Event, api_document};

/// The greatest number of bytes of a problem document, whatever the request.
const MAX_PROBLEM: usize = 40_000;

/// A function's response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: i64,
    /// The JSON body, or `Null` without a body.
    pub body: Value,
    headers: aws_lambda_events::http::HeaderMap,
}

/// Sends an event to a function's handler as the Lambda runtime does, and returns the response. The
/// response must be one that `openapi.json` allows, and so must a request that the function accepts.
pub async fn answer<S, P: Describe>(
    state: &S,
    handler: impl AsyncFn(&S, &Request) -> Result<Reply, P>,
    event: Event,
) -> Answer {
    let response = function::respond(state, handler, event.clone().into()).await;
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
    answer.check();
    api_document::check(&event, answer.status, &answer.headers, &answer.body);
    answer
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
    fn check(&self) {
        if self.status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json");
            assert_eq!(self.body["status"], self.status);
            assert_eq!(
                self.body["instance"], "ATfSmjLgPHcESJw=",
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
