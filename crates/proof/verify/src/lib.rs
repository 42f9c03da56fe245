#![doc = include_str!("../README.md")]

mod recorded_responses;
mod request_list;
mod test_issuer;

pub use recorded_responses::{Responses, has_response, send_all};
pub use request_list::{RequestList, Route, folder};
pub use test_issuer::{AUDIENCE, TestIssuer};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
