#![doc = include_str!("../README.md")]

mod answer;
mod api_document;
mod event;
mod fixture;
mod hostile;
mod http_event;
mod permission_records;
mod refusals;
mod rest_event;

pub use answer::{Answer, Api, all_at_once, answer, over};
pub use both_apis::test;
pub use event::Event;
pub use fixture::{Fixture, client, open};
pub use hostile::{HostileBody, hostile_bodies};
pub use permission_records::PermissionRecords;
pub use refusals::{Refusal, refuses};
