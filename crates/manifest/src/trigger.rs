//! What invokes a function.

use serde::Serialize;
use serde_json::Value;

use crate::{
    access::Access, authorizer::AuthorizerTrigger, error::Problems, fields::Fields,
    http_operation::Operation, mapping::Mapping, payload_format::PayloadFormat,
    request_validation::RequestValidation, route::Route,
};

/// What invokes a function. A function has exactly one trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// `[package.metadata.route]`.
    Http(Box<HttpTrigger>),
    /// `[package.metadata.authorizer]`.
    Authorizer(AuthorizerTrigger),
}

/// A route of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpTrigger {
    pub route: Route,
    pub access: Access,
    /// The limit of the request rate, if the route has its own instead of the stage's.
    pub throttle: Option<Throttle>,
    /// The version of the event of an HTTP API. A REST API has one event.
    pub payload_format: PayloadFormat,
    /// Whether a caller needs an API key. Only a REST API has keys.
    pub requires_key: bool,
    /// What a REST API checks of a request. An HTTP API leaves all checks to the function.
    pub validation: RequestValidation,
    /// What an HTTP API changes of requests and responses.
    pub mapping: Mapping,
    /// What the route takes and answers, if the function declares it.
    pub operation: Option<Operation>,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// The number of requests that may arrive at once.
    pub burst: u32,
}

impl HttpTrigger {
    /// Reads the fields that only a route has. Returns `None` after adding a problem.
    pub(crate) fn read(
        fields: &mut Fields<'_>,
        default_validation: RequestValidation,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let route = Route::read(fields, problems);
        let access = Access::read(fields, problems);
        let throttle = Throttle::read(fields, problems);
        let payload_format = PayloadFormat::read(fields, PayloadFormat::default(), problems);
        let requires_key = fields.flag("key", problems);
        let validation = RequestValidation::read(fields, problems);
        let mapping = Mapping::read(fields, problems);
        let operation = Operation::read(fields, problems);
        Some(Self {
            route: route?,
            access: access?,
            throttle,
            payload_format,
            requires_key,
            validation: validation.unwrap_or(default_validation),
            mapping,
            operation,
        })
    }
}

impl Throttle {
    /// Reads the field `throttle`, if it is there.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let value = fields.take("throttle")?;
        Self::of(fields.name_of("throttle"), value, problems)
    }

    /// Reads a throttle from the value of the field `name`.
    pub(crate) fn of(name: String, value: &Value, problems: &mut Problems<'_>) -> Option<Self> {
        let mut fields = Fields::open(name, value, problems)?;
        let rate = fields.take("rate").and_then(Value::as_f64);
        let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0);
        if rate.is_none() {
            problems.add(
                fields.name_of("rate"),
                "must be requests per second, more than 0",
            );
        }
        let burst = fields.whole("burst", 1, u32::MAX, "", problems);
        if burst.is_none() {
            problems.add(
                fields.name_of("burst"),
                "must be the number of requests that may arrive at once",
            );
        }
        fields.finish(problems);
        Some(Self {
            rate: rate?,
            burst: burst?,
        })
    }
}
