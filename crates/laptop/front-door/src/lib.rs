#![doc = include_str!("../README.md")]

mod availability;
mod exchange;
mod hooks;
mod invoker;
mod listener;
mod request_body;

pub use availability::Availability;
pub use exchange::Exchange;
pub use hooks::Hooks;
pub use invoker::Invoker;
pub use listener::Listening;
