//! The reasons why the gateway responds itself.

use http::StatusCode;

/// The reasons why the gateway responds itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400: a path that cannot be decoded, or a request that is not HTTP.
    BadRequest,
    /// 401 with this `www-authenticate`.
    Unauthorized(String),
    /// 403: no scope, no permission, a wrong signature.
    Forbidden,
    /// 404: no route matches.
    NotFound,
    /// 413: the body is longer than [`limits::BODY`](crate::limits::BODY), or the event longer than
    /// [`limits::PAYLOAD`](crate::limits::PAYLOAD).
    RequestTooLarge,
    /// 431: the request line and headers are longer than [`limits::HEAD`](crate::limits::HEAD).
    HeadTooLarge,
    /// 429: a throttle of API Gateway.
    TooManyRequests,
    /// 500: the function failed, or returned an invalid response.
    Internal,
    /// 503: the function took too long, or Lambda throttles it.
    Unavailable,
}

impl Refusal {
    pub fn status(&self) -> StatusCode {
        match self {
            Refusal::BadRequest => StatusCode::BAD_REQUEST,
            Refusal::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
