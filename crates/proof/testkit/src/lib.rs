#![doc = include_str!("../README.md")]

mod answer;
mod event;
mod fixture;
mod hostile;
mod refusals;

pub use answer::{Answer, all_at_once, answer};
pub use event::Event;
pub use fixture::{Fixture, client, open};
pub use hostile::{HostileBody, hostile_bodies};
pub use refusals::{Refusal, refuses};
