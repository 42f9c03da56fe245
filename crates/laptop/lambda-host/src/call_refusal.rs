//! Error responses of the Runtime API and the Extensions API.

use std::borrow::Cow;

use http::StatusCode;

/// An error response: a status code and the JSON fields `errorType` and `errorMessage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error_type: &'static str,
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) const INVALID_REQUEST_ID: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "Invalid request ID",
    );
    pub(crate) const INVALID_RESPONSE_MODE: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "InvalidFunctionResponseMode",
        "Invalid function response mode",
    );
    pub(crate) const TRUNCATED: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "TruncatedHTTPRequest",
        "HTTP request detected as truncated",
    );
    pub(crate) const INVALID_STATE_TRANSITION: Self = Self::new(
        StatusCode::FORBIDDEN,
        "InvalidStateTransition",
        "State transition is not allowed",
    );
    pub(crate) const TOO_LARGE: Self = Self::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size (6291556 bytes).",
    );
    /// The environment ended before the call was handled.
    pub(crate) const ENDED: Self = Self::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        "Internal Server Error",
    );
    /// The caller is not the function. Lambda has no such response: its network has no strangers.
    pub(crate) const FOREIGN_CALLER: Self = Self::forbidden(
        "Forbidden",
        "Only the processes of this function may call its Runtime API.",
    );

    /// A 403, which is what the Extensions API responds to every invalid call.
    pub(crate) const fn forbidden(error_type: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, error_type, message)
    }

    /// A 403 whose message was made for this call.
    pub(crate) fn forbidden_because(error_type: &'static str, message: String) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error_type,
            message: Cow::Owned(message),
        }
    }

    const fn new(status: StatusCode, error_type: &'static str, message: &'static str) -> Self {
        Self {
            status,
            error_type,
            message: Cow::Borrowed(message),
        }
    }
}
