#![doc = include_str!("../README.md")]

mod capacity;
mod changes;
mod connection;
mod error;
mod item;
mod list;
mod page;
mod receipts;
mod reservations;
mod retry;
mod table;
mod transaction;
mod update;
mod user_agent;

pub use capacity::{Consumed, metered};
pub use connection::{ConnectError, Database};
pub use error::{ChangeError, ClaimError, CreateError, DatabaseError, ListError, RemoveError};
pub use item::{Item, Key};
pub use list::List;
pub use page::{Cursor, InvalidLimit, Limit, Page, PageRequest};
pub use receipts::{Claim, Receipts};
pub use retry::Retry;
pub use table::{Retries, Schema, Table, Updated};
pub use transaction::{Outcome, Refusals, Transaction, Write};
pub use update::Update;
