#![doc = include_str!("../README.md")]

mod recorded_answers;
mod request_list;
mod test_issuer;

pub use recorded_answers::{Answers, ask, is_reached};
pub use request_list::{List, Route, folder};
pub use test_issuer::{AUDIENCE, Issuer};
