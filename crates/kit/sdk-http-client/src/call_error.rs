//! Why a call got no response, and what the SDK makes of it.

use std::{error::Error, io, time::Duration};

use aws_smithy_runtime_api::{client::result::ConnectorError, http::HttpError};
use aws_smithy_types::retry::ErrorKind;
use http::{header::InvalidHeaderValue, uri::InvalidUri};

/// Why a call got no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the SDK's request is not valid HTTP")]
    Request(#[source] HttpError),
    #[error("invalid URL")]
    Url(#[source] InvalidUri),
    #[error("the URL must begin with http:// or https:// and have a host")]
    NoOrigin,
    #[error("the host cannot be a header")]
    HostHeader(#[source] InvalidHeaderValue),
    #[error("cannot connect to {host}")]
    Connect { host: String, source: io::Error },
    #[error("the TLS handshake with {host} failed")]
    Handshake { host: String, source: io::Error },
    #[error("no connection to {host} after {limit:?}")]
    ConnectTimeout { host: String, limit: Duration },
    #[error("no response after {0:?}")]
    ReadTimeout(Duration),
    #[error("the connection failed")]
    Http(#[source] hyper::Error),
    #[error("the response has an invalid header")]
    Response(#[source] HttpError),
}

/// As the SDK's own client classifies them: the SDK retries time-outs and errors of IO.
impl From<CallError> for ConnectorError {
    fn from(error: CallError) -> Self {
        let classified = match &error {
            CallError::Request(_)
            | CallError::Url(_)
            | CallError::NoOrigin
            | CallError::HostHeader(_) => Self::user,
            CallError::Connect { .. } | CallError::Handshake { .. } => Self::io,
            CallError::ConnectTimeout { .. } | CallError::ReadTimeout(_) => Self::timeout,
            CallError::Http(cause) if cause.is_user() => Self::user,
            CallError::Http(cause)
                if cause.is_closed() || cause.is_canceled() || is_caused_by_io(cause) =>
            {
                Self::io
            }
            CallError::Http(cause) if cause.is_incomplete_message() => {
                |error| Self::other(error, Some(ErrorKind::TransientError))
            }
            CallError::Http(_) | CallError::Response(_) => |error| Self::other(error, None),
        };
        classified(error.into())
    }
}

fn is_caused_by_io(error: &hyper::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source())
        .any(|cause| cause.is::<io::Error>())
}
