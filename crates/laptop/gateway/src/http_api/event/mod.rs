//! The event a function gets (section 2 of the facts).

mod body_encoding;
mod headers;
mod v1;
mod v2;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use manifest::PayloadFormat;
use serde::Serialize;

use crate::{
    authorized::Caller,
    client_request::Request,
    configuration::Route,
    identity::{STAGE, method_arn},
    request_headers::host,
    request_target::Target,
};

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

    /// The ARN of the route with the path of the request.
    pub(crate) fn arn(&self) -> String {
        method_arn(STAGE, &self.request.method, &self.target.path)
    }

    /// The event of a Lambda authorizer as JSON.
    pub(crate) fn authorizer_payload(&self, format: PayloadFormat, identity: &[String]) -> Bytes {
        match format {
            PayloadFormat::V1 => json(&v1::authorizer_event(self, identity)),
            PayloadFormat::V2 => json(&v2::authorizer_event(self, identity)),
        }
    }

    fn domain_name(&self) -> String {
        host(&self.request.headers)
    }

    /// `10/Jul/2026:19:19:05 +0000`.
    pub(super) fn time(&self) -> String {
        let utc = self.received.to_zoned(TimeZone::UTC);
        utc.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
    }
}

fn json(event: &impl Serialize) -> Bytes {
    serde_json::to_vec(event)
        .expect("an event has string keys only and writes to memory")
        .into()
}
