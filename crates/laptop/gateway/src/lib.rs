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
mod route_key;
mod routing;
mod throttle;

pub use api::{Decision, HttpApi, Invocation};
pub use client_request::{Request, head_size};
pub use configuration::{
    Authorization, Configuration, ConfigurationError, PayloadFormat, Route, Stage, Throttle,
};
pub use cors::{Cors, CorsError};
pub use iam::Principal;
pub use integration::{Answer, Outcome, Response};
pub use jiff::Timestamp;
pub use jwt::{Document, FetchError, IdentitySource, IdentitySourceError, JwtAuthorizer};
pub use refusal::Refusal;
pub use route_key::{RouteKey, RouteKeyError};
