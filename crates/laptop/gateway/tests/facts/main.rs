//! Compares the gateway with what is known about API Gateway. The numbers of facts are those of
//! `docs/fidelity.md`.

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
mod lambda_authorizer;
mod limits;
mod parameter_mapping;
mod refuse;
mod respond;
mod rest;
mod route;
mod throttle;
