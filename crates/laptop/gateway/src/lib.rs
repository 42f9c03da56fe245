#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod configuration;
mod cors;
mod error;
mod event;
mod iam;
mod jwt;
pub mod limits;
mod path;
mod request;
mod route_key;
mod routing;
mod switches;
mod throttle;

pub use answer::{Answer, Outcome, Response};
pub use api::{Decision, HttpApi, Invocation};
pub use configuration::{
    Authorization, Configuration, ConfigurationError, PayloadFormat, Route, Stage, Throttle,
};
pub use cors::Cors;
pub use error::Refusal;
pub use iam::Principal;
pub use jiff::Timestamp;
pub use jwt::{Document, FetchError, IdentitySource, IdentitySourceError, JwtAuthorizer};
pub use request::{Request, head_size};
pub use route_key::{RouteKey, RouteKeyError};
pub use switches::Switches;
