//! HTTP responses of the Runtime API and the Extensions API.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;

use crate::call_refusal::Refusal;

pub(crate) type ApiResponse = Response<Full<Bytes>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error_message: &'a str,
    error_type: &'a str,
}

/// Returns 202, or the error.
pub(crate) fn accepted(outcome: Result<(), Refusal>) -> ApiResponse {
    match outcome {
        Ok(()) => json(
            StatusCode::ACCEPTED,
            Bytes::from_static(br#"{"status":"OK"}"#),
        ),
        Err(refused) => refusal(&refused),
    }
}

pub(crate) fn refusal(refusal: &Refusal) -> ApiResponse {
    let body = ErrorBody {
        error_message: &refusal.message,
        error_type: refusal.error_type,
    };
    json(refusal.status, encoded(&body))
}

pub(crate) fn json(status: StatusCode, body: Bytes) -> ApiResponse {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Returns a response without a body.
pub(crate) fn status(status: StatusCode) -> ApiResponse {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// Encodes a body, whose fields are strings and numbers.
pub(crate) fn encoded(body: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(body).expect("strings and numbers can be written as JSON"))
}
