//! The body of a request: read after the caller is authorized, or discarded.

use std::time::Duration;

use bytes::Bytes;
use gateway::{Refusal, limits};
use http::{
    header::{CONTENT_LENGTH, EXPECT},
    request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

/// How much of a body is discarded. Many clients read a response only after they have sent their whole
/// body, and closing the connection earlier would make them lose the response.
const DISCARDED: usize = 2 * limits::BODY;

/// The body of a request, not read yet.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    length: Option<usize>,
    /// The client sends the body only after `100 Continue`, which hyper sends when the body is read.
    expects_continue: bool,
    /// How long the client may take to send it.
    timeout: Duration,
}

impl RequestBody {
    pub(crate) fn new(head: &Parts, incoming: Incoming, timeout: Duration) -> Self {
        let text = |name| head.headers.get(name).and_then(|v| v.to_str().ok());
        Self {
            length: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            expects_continue: text(EXPECT).is_some_and(|v| v.eq_ignore_ascii_case("100-continue")),
            incoming,
            timeout,
        }
    }

    /// Reads the whole body.
    pub(crate) async fn read(mut self) -> Result<Bytes, Refusal> {
        if self.length.is_some_and(|length| length > limits::BODY) {
            self.discard();
            return Err(Refusal::RequestTooLarge);
        }
        let body = Limited::new(&mut self.incoming, limits::BODY).collect();
        match tokio::time::timeout(self.timeout, body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                self.discard();
                Err(Refusal::RequestTooLarge)
            }
            // It ended early, has invalid chunks, or took too long.
            Ok(Err(_)) | Err(_) => Err(Refusal::BadRequest),
        }
    }

    /// Discards the body while the response is sent, or leaves it unread if the client waits for
    /// `100 Continue`. Then hyper closes the connection after the response.
    pub(crate) fn discard(self) {
        if self.expects_continue || self.incoming.is_end_stream() {
            return;
        }
        tokio::spawn(async move {
            let mut rest = Limited::new(self.incoming, DISCARDED);
            let discarding = async { while let Some(Ok(_)) = rest.frame().await {} };
            // The connection is closed in either case, unless the body has ended.
            let _ = tokio::time::timeout(self.timeout, discarding).await;
        });
    }

    /// Returns whether the connection is closed after a response that does not need the body.
    pub(crate) fn closes_if_unread(&self) -> bool {
        self.expects_continue
    }
}
