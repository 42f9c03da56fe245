//! The gateway held to what is known of API Gateway. A test is named after the fact it holds, by
//! the numbers of `docs/fidelity.md`, or after the row of the acceptance table there.

#![allow(
    clippy::unwrap_used,
    reason = "the helpers of tests may fail as tests do"
)]

mod authorize_iam;
mod authorize_jwt;
mod body;
mod configure;
mod cors;
mod decode;
mod event;
mod event_v1;
mod fixture;
mod hostile;
mod limits;
mod refuse;
mod respond;
mod route;
mod throttle;
