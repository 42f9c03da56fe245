#![doc = include_str!("../README.md")]

mod body;
mod caller;
mod claim;
mod log;
mod precondition;
mod problem;
mod query;
mod reply;
mod request;
mod serve;
mod uri;

pub use body::InvalidFields;
pub use caller::Caller;
pub use problem::{Describe, InvalidField, Kind, Problem};
pub use query::Query;
pub use reply::Reply;
pub use request::Request;
pub use serve::{StartError, respond, serve};
