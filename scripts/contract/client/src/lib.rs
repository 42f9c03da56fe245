//! The client that `build.rs` generates from `openapi.json`.

#[allow(warnings, reason = "generated")]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

#[allow(warnings, reason = "generated")]
mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

pub use client::*;
pub use types::*;
