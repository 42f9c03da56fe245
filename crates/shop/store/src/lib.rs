#![doc = include_str!("../README.md")]

mod error;
mod orders;
mod products;
mod users;

pub use error::{CancelError, PlaceError, Short, StockError};
pub use orders::Orders;
pub use products::Products;
pub use users::Users;
