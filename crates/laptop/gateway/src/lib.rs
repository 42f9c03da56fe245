#![doc = include_str!("../README.md")]

mod api;
mod client_request;
mod configuration;
mod cors;
mod decision;
mod event;
mod iam;
mod identity;
mod integration;
mod jwt;
pub mod limits;
mod refusal;
mod request_path;
mod routing;
mod throttle;

pub use api::HttpApi;
pub use client_request::Request;
pub use configuration::{Configuration, ConfigurationError, Route};
pub use decision::{Accepted, Decision, Invocation};
pub use iam::Principal;
pub use integration::{Answer, Outcome, Response};
pub use jiff::Timestamp;
pub use jwt::{Document, FetchError, JwtAuthorizer};
pub use manifest::{Access, Cors, PayloadFormat, Throttle};
pub use refusal::Refusal;
