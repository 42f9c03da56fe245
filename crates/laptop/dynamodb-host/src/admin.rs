//! `/_faults` on the database's endpoint: reads and sets its [faults](crate::Faults). For whoever is on
//! this machine; callers with a function's credentials are refused, as a function knows of no faults.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
    request::Parts,
};
use http_body_util::Full;
use serde::Serialize;
use serde_json::json;

use crate::faults::{FaultSettings, Faults};

/// Where faults are read and set.
pub(crate) const PATH: &str = "/_faults";

#[derive(Serialize)]
struct State {
    settings: FaultSettings,
    counts: BTreeMap<&'static str, u64>,
}

/// `GET` returns the settings and the counts; `PUT` changes the settings and returns the same.
pub(crate) fn answer(faults: &Faults, head: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    if head.headers.contains_key(AUTHORIZATION) {
        return refuse(StatusCode::FORBIDDEN, "calls here are not signed");
    }
    if head.method == Method::PUT {
        // No page of a browser can send this without being asked whether it may.
        let is_json = |value: &http::HeaderValue| value.as_bytes().starts_with(b"application/json");
        if !head.headers.get(CONTENT_TYPE).is_some_and(is_json) {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json");
        }
        let set = serde_json::from_slice(body)
            .map_err(|error| error.to_string())
            .and_then(|settings| faults.set(settings).map_err(|error| error.to_string()));
        if let Err(message) = set {
            return refuse(StatusCode::BAD_REQUEST, &message);
        }
    } else if head.method != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "GET or PUT");
    }
    let state = State {
        settings: faults.settings(),
        counts: faults.counts(),
    };
    json_answer(StatusCode::OK, &json!(state))
}

fn refuse(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    json_answer(status, &json!({ "message": message }))
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
