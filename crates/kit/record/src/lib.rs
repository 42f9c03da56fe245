#![doc = include_str!("../README.md")]

mod change;
mod once;
mod time;
mod value;
mod version;

pub use change::{Change, Removable};
#[doc(hidden)]
pub use deserr;
pub use once::Once;
pub use time::{InvalidTime, Time};
pub use value::refuse;
pub use version::{Expected, InvalidVersion, Version, Versioned};
