//! `/_faults` on the database's endpoint: reads and changes the [faults](crate::Faults).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
    request::Parts,
};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{fault_settings::FaultSettings, faults::Faults};

pub(crate) const PATH: &str = "/_faults";

/// The endpoint with its secret, which the functions do not have.
#[derive(Debug)]
pub(crate) struct FaultApi {
    faults: Faults,
    token: String,
}

#[derive(Serialize)]
struct State {
    settings: FaultSettings,
    counts: BTreeMap<&'static str, u64>,
}

impl FaultApi {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            faults,
            token: Uuid::new_v4().simple().to_string(),
        }
    }

    /// Returns the bearer token that requests must carry.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// `GET` returns the settings and the counts. `PUT` changes the settings and returns the same.
    pub(crate) fn respond(&self, head: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
        let authorization = head.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        if authorization != Some(format!("Bearer {}", self.token).as_bytes()) {
            let message = "send Authorization: Bearer with the token that cargo local printed";
            return refuse(StatusCode::UNAUTHORIZED, message);
        }
        if head.method == Method::PUT {
            let changed = serde_json::from_slice(body)
                .map_err(|error| error.to_string())
                .and_then(|settings| self.faults.set(settings).map_err(|error| error.to_string()));
            if let Err(message) = changed {
                return refuse(StatusCode::BAD_REQUEST, &message);
            }
        } else if head.method != Method::GET {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "send GET or PUT");
        }
        let state = State {
            settings: self.faults.settings(),
            counts: self.faults.counts(),
        };
        json_response(StatusCode::OK, &json!(state))
    }
}

fn refuse(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    json_response(status, &json!({ "message": message }))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
