#![doc = include_str!("../README.md")]

mod filled_shop;
mod operations;
mod stored_items;

pub use filled_shop::FilledShop;
pub use operations::{Cost, costs};
