//! What invokes a function.

use crate::access::Access;
use crate::route::Route;

/// What invokes a function: an HTTP route. Streams, queues and schedules would be other kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// `[package.metadata.route]`.
    Http(HttpTrigger),
}

/// A route of an HTTP API.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpTrigger {
    /// The requests it answers.
    pub route: Route,
    /// Who may call it.
    pub access: Access,
    /// How often it may be called, if that is limited.
    pub throttle: Option<Throttle>,
    /// The shape of its events.
    pub payload_format: PayloadFormat,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// How many may come at once.
    pub burst: u32,
}

/// The versions of HTTP API events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PayloadFormat {
    /// `1.0`, the shape of REST APIs.
    V1,
    /// `2.0`.
    #[default]
    V2,
}
