#![doc = include_str!("../README.md")]

mod attributes;
mod collection;
mod connection;
mod error;
mod expression;
mod page;
mod products;
mod transaction;
mod users;

pub use connection::{ConnectError, Database};
pub use error::{ChangeError, CreateError, DatabaseError, ListError, RemoveError, StockError};
pub use page::{Cursor, InvalidLimit, Limit, Page, PageRequest};
pub use products::Products;
pub use users::Users;
