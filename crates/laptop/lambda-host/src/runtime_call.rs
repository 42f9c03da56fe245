//! The calls that a process makes to its Runtime API.

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{call_refusal::Refusal, delivery::Delivery, extensions::ExtensionCall};

/// A call from the process, and where its response goes.
pub(crate) enum Call {
    /// `GET invocation/next`
    Next(oneshot::Sender<Result<Delivery, Refusal>>),
    /// `POST invocation/{id}/response` or `…/error`
    Answer {
        id: String,
        answer: Answer,
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
    /// `POST init/error`
    InitError {
        report: ErrorReport,
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
    /// A call to the Extensions API.
    Extension(ExtensionCall),
}

/// The result of an invocation as the process sent it.
#[derive(Debug)]
pub(crate) enum Answer {
    Payload(Bytes),
    Error(ErrorReport),
    TooLarge,
    InvalidMode,
    Truncated,
}

/// An error that the function reported.
#[derive(Debug)]
pub(crate) struct ErrorReport {
    pub(crate) error_type: Option<String>,
    pub(crate) payload: Bytes,
}

impl Answer {
    /// The error response to an answer that is not valid.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Payload(_) | Self::Error(_) => None,
            Self::TooLarge => Some(Refusal::TOO_LARGE),
            Self::InvalidMode => Some(Refusal::INVALID_RESPONSE_MODE),
            Self::Truncated => Some(Refusal::TRUNCATED),
        }
    }
}
