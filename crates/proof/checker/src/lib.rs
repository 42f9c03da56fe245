#![doc = include_str!("../README.md")]

pub mod check;
pub mod client;
pub mod door;
pub mod drive;
pub mod figures;
pub mod history;
pub mod known;
pub mod rest;
pub mod scenario;
pub mod things;

pub use check::{Violation, check};
