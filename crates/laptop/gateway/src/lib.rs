#![doc = include_str!("../README.md")]

mod api;
mod api_keys;
mod authorization;
mod authorized;
mod client_request;
mod client_response;
mod configuration;
mod decision;
mod http_api;
mod iam;
mod identity;
mod jwt;
mod lambda_authorizer;
pub mod limits;
mod query_string;
mod refusal;
mod request_headers;
mod request_id;
mod request_target;
mod rest_api;
mod throttle;
mod trace;

pub use api::Api;
pub use api_keys::{ApiKey, ApiKeys, QuotaPeriod};
pub use client_request::Request;
pub use client_response::{Answer, AuthorizerOutcome, Outcome, Response};
pub use configuration::{Configuration, ConfigurationError, Route};
pub use decision::{Accepted, AuthorizerCall, Decision, Invocation};
pub use http_api::HttpApi;
pub use iam::Principal;
pub use jiff::{Timestamp, civil::Date};
pub use jwt::{Document, FetchError, JwtAuthorizer};
pub use manifest::{
    Access, AuthorizerTrigger, Cors, Mapping, PayloadFormat, RouteChecks, Throttle,
};
pub use refusal::Refusal;
pub use rest_api::{RestApi, RestConfiguration};
