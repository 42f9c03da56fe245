#![doc = include_str!("../README.md")]

mod api;
mod client_request;
mod configuration;
mod cors;
mod event;
mod iam;
mod integration;
mod jwt;
pub mod limits;
mod refusal;
mod request_path;
mod routing;
mod throttle;

pub use api::{Decision, HttpApi, Invocation};
pub use client_request::{Request, head_size};
pub use configuration::{Configuration, ConfigurationError, Route, Stage};
pub use cors::{Cors, CorsError};
pub use iam::Principal;
pub use integration::{Answer, Outcome, Response};
pub use jiff::Timestamp;
pub use jwt::{Document, FetchError, IdentitySource, IdentitySourceError, JwtAuthorizer};
pub use manifest::{Access, PayloadFormat, Throttle};
pub use refusal::Refusal;
