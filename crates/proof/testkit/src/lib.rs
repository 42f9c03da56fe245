#![doc = include_str!("../README.md")]

mod answer;
mod costs;
mod event;
mod hostile;
mod samples;
mod shop;

pub use answer::{Answer, all_at_once, answer};
pub use costs::costs;
pub use event::Event;
pub use hostile::{HostileBody, hostile_bodies};
pub use samples::{new_product, new_user};
pub use shop::{Shop, open};
