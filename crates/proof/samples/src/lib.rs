#![doc = include_str!("../README.md")]

mod inputs;
mod shop;

pub use inputs::{new_product, new_user};
pub use shop::Shop;
