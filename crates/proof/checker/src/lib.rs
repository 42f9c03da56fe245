#![doc = include_str!("../README.md")]

pub mod check;
pub mod client;
pub mod fault_endpoint;
pub mod figures;
pub mod final_state;
pub mod front_door_process;
pub mod history;
pub mod operation;
pub mod resource;
pub mod response;
pub mod scenario;
pub mod workload;
pub mod world;

pub use check::{Violation, check};
