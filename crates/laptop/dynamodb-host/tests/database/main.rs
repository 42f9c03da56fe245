//! The database, as the SDK's client and other programs see it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod endpoint;
mod faults;
mod limits;
mod permissions;
mod storage;
mod support;
