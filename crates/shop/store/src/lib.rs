#![doc = include_str!("../README.md")]

mod attributes;
mod capacity;
mod collection;
mod connection;
mod error;
mod expression;
mod orders;
mod page;
mod products;
mod receipts;
mod transaction;
mod users;

pub use capacity::{Consumed, metered};
pub use connection::{ConnectError, Database};
pub use error::{
    CancelError, ChangeError, CreateError, DatabaseError, ListError, PlaceError, RemoveError,
    StockError,
};
pub use orders::{Orders, Short};
pub use page::{Cursor, InvalidLimit, Limit, Page, PageRequest};
pub use products::Products;
pub use receipts::{Claim, Known, Once, Receipt, Receipting, Receipts};
pub use users::Users;
