#![doc = include_str!("../README.md")]

mod answer;
mod api_document;
mod event;
mod fixture;
mod hostile;
mod permission_records;
mod refusals;

pub use answer::{Answer, all_at_once, answer};
pub use event::Event;
pub use fixture::{Fixture, client, open};
pub use hostile::{HostileBody, hostile_bodies};
pub use permission_records::PermissionRecords;
pub use refusals::{Refusal, refuses};
