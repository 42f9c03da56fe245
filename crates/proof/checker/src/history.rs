//! The requests of a round, when they were sent, and their outcomes.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    operation::Request,
    resource::Resource,
    response::{Body, Response},
};

/// A moment: the position in the order of all request starts and ends.
pub type Tick = u64;

/// The end of a request whose outcome is unknown.
pub const NEVER: Tick = Tick::MAX;

/// A request and its outcome.
#[derive(Debug, Clone)]
pub struct Event {
    pub request: Request,
    /// The request takes effect after this moment.
    pub begun: Tick,
    /// The request takes effect before this moment; [`NEVER`] without a response.
    pub ended: Tick,
    /// Without a response, the request may or may not have taken effect.
    pub response: Option<Response>,
    /// How often the request was sent.
    pub tries: u32,
    /// Responses to the same request with the same key, sent concurrently or later.
    pub replays: Vec<Response>,
    /// The response to a different request with the same key.
    pub reuse: Option<Response>,
    /// The ids of requests that the store answered with an `internal` problem.
    pub failed: Vec<String>,
}

impl Event {
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        Some(self.response.as_ref()?.status)
    }

    #[must_use]
    pub fn resource(&self) -> Option<&Resource> {
        self.response.as_ref()?.resource()
    }

    /// Returns the type of the problem in the response.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        match &self.response.as_ref()?.body {
            Body::Problem(kind) => Some(kind),
            _ => None,
        }
    }

    /// Returns whether the request certainly took effect.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.response.as_ref().is_some_and(Response::is_success)
    }

    /// Returns whether the request may have taken effect, because it was not refused.
    ///
    /// A PATCH with a 404 response may have taken effect before its resource was deleted: DynamoDB
    /// wrote the change, the response was lost, and the SDK's retry came after the deletion.
    #[must_use]
    pub fn possible(&self) -> bool {
        let is_patch = self.request.operation.method() == "PATCH";
        self.response.is_none() || self.succeeded() || self.status() == Some(404) && is_patch
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request {
            caller,
            operation,
            key,
            if_match,
            ..
        } = &self.request;
        write!(f, "[{}..", self.begun)?;
        match self.ended {
            NEVER => f.write_str("?]")?,
            ended => write!(f, "{ended}]")?,
        }
        write!(f, " {caller} {} {}", operation.method(), operation.target())?;
        if let Some(body) = operation.body() {
            write!(f, " {body}")?;
        }
        if let Some(version) = if_match {
            write!(f, " If-Match: {version}")?;
        }
        if let Some(key) = key {
            write!(f, " Idempotency-Key: {key}")?;
        }
        let Some(response) = &self.response else {
            return write!(f, " → no response, sent {} times", self.tries);
        };
        write!(f, " → {}", response.status)?;
        if let Some(version) = response.version {
            write!(f, " version {version}")?;
        }
        let Response {
            text, request_id, ..
        } = response;
        write!(
            f,
            " {text} (request {request_id}, sent {} times)",
            self.tries
        )
    }
}

/// The events of a round, in the order of their ends, and their clock.
#[derive(Debug, Default)]
pub struct History {
    clock: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl History {
    /// Advances the clock.
    pub fn tick(&self) -> Tick {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    pub fn add(&self, event: Event) {
        self.lock().push(event);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes and returns all events.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.lock())
    }
}
