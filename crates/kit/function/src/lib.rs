#![doc = include_str!("../README.md")]

mod bodies;
mod body;
mod caller;
mod claim;
mod contract_types;
mod cors_headers;
mod gateway_event;
mod invalid_fields;
mod log;
mod precondition;
mod problem;
mod query;
mod reply;
mod request;
mod serve;
mod uri;

pub use bodies::{Health, Listed};
pub use caller::Caller;
pub use claim::IdempotencyKey;
pub use contract_types::{Schema, SchemaGenerator, Types};
pub use gateway_event::Event;
pub use invalid_fields::{InvalidField, InvalidFields};
pub use precondition::EntityTags;
pub use problem::{Describe, Kind, Problem};
pub use query::Query;
pub use reply::Reply;
pub use request::Request;
pub use serve::{StartError, respond, serve};

// Defines C's `pow`, so that no start loads the system's mathematics library.
use pow as _;

/// The allocator of every function.
#[global_allocator]
static ALLOCATOR: allocator::Caching = allocator::Caching::new();
