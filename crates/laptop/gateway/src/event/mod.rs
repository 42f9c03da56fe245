//! The event a function gets (section 2 of the facts).

mod body_encoding;
mod headers;
mod query_string;
mod v1;
mod v2;

use headers::host;
pub(crate) use headers::{header_value, trace_id};

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use manifest::PayloadFormat;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    client_request::Request, configuration::Route, iam::IamCaller, jwt::Token, request_path::Target,
};

/// The caller, as the authorizer identified it.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Anonymous,
    Jwt(Token),
    Iam(IamCaller),
}

/// The sources of an event.
#[derive(Clone, Copy)]
pub(crate) struct Event<'a> {
    pub(crate) request: &'a Request,
    pub(crate) body: &'a Bytes,
    pub(crate) target: &'a Target,
    pub(crate) route: &'a Route,
    pub(crate) path_parameters: &'a BTreeMap<String, String>,
    pub(crate) caller: &'a Caller,
    pub(crate) received: Timestamp,
}

impl Event<'_> {
    /// The event as JSON, in the route's payload format.
    pub(crate) fn payload(&self) -> Bytes {
        match self.route.payload_format {
            PayloadFormat::V1 => json(&v1::event(self)),
            PayloadFormat::V2 => json(&v2::event(self)),
        }
    }

    fn domain_name(&self) -> String {
        host(&self.request.headers)
    }

    /// `10/Jul/2026:19:19:05 +0000`.
    fn time(&self) -> String {
        let utc = self.received.to_zoned(TimeZone::UTC);
        utc.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
    }
}

/// The request id, `ATfSmjLgPHcESJw=`: fifteen characters and an equals sign (fact 2.1).
pub(crate) fn request_id(id: Uuid) -> String {
    URL_SAFE.encode(&random_bytes(id)[..11])
}

/// Returns the fourteen bytes of a version 4 UUID of which every bit is random.
fn random_bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes()
        .iter()
        .enumerate()
        .filter(|(at, _)| !matches!(at, 6 | 8))
        .map(|(_, byte)| *byte)
        .collect()
}

fn json(event: &impl Serialize) -> Bytes {
    serde_json::to_vec(event)
        .expect("an event has string keys only and writes to memory")
        .into()
}
