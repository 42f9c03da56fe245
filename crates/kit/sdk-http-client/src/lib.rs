#![doc = include_str!("../README.md")]

mod call_error;
mod http_client;
mod idle_connections;
mod origin;
mod roots;
mod transport;

pub use http_client::SdkHttpClient;
pub use roots::{InvalidRoots, Roots};
