#![doc = include_str!("../README.md")]

pub mod check;
pub mod client;
pub mod figures;
pub mod final_state;
pub mod front_door;
pub mod history;
pub mod model;
pub mod scenario;
pub mod workload;
pub mod world;

pub use check::{Violation, check};
