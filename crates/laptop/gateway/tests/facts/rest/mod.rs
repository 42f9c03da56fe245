//! REST APIs. The numbers of facts begin with R.

mod api_keys;
mod cors;
mod errors;
mod event;
mod fixture;
mod respond;
mod route;
mod tokens;
mod validation;
