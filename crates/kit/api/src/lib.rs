#![doc = include_str!("../README.md")]

mod caller;
mod idempotency;
mod json;
mod log;
mod precondition;
mod problem;
mod query;
mod reply;
mod request;
mod serve;

pub use caller::Caller;
pub use json::Object;
pub use problem::{InvalidField, Problem};
pub use query::Query;
pub use reply::Reply;
pub use request::Request;
pub use serve::{StartError, respond, serve};
