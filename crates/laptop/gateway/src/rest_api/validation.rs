//! Request validation: required parameters, then the body (section 5 of the REST facts).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use manifest::{ParameterPlace, RequiredParameter, RouteChecks};
use serde_json::Value;

use super::{
    gateway_error::GatewayError, json_schema::Schema, proxy_event::query_parameters, schema_check,
};
use crate::{
    client_request::Request,
    configuration::{ConfigurationError, Route},
    request_target::Target,
};

/// The media type of a request that does not name one (fact R5.5).
const DEFAULT_MEDIA_TYPE: &str = "application/json";

/// The validators of an API's routes, and the models that they use.
#[derive(Debug)]
pub(super) struct Validators {
    /// By the route's position in the configuration.
    routes: Vec<RouteChecks>,
    models: BTreeMap<String, Schema>,
}

/// A request as its route got it.
pub(super) struct Sent<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
    pub(super) path_parameters: &'a BTreeMap<String, String>,
    pub(super) body: &'a Bytes,
}

impl Validators {
    /// Creates the validators.
    ///
    /// # Errors
    ///
    /// Fails if a model is not valid, or a route has a model that does not exist.
    pub(super) fn new(
        routes: &[Route],
        models: BTreeMap<String, Value>,
    ) -> Result<Validators, ConfigurationError> {
        let models = models
            .into_iter()
            .map(|(name, model)| Ok((name.clone(), read_model(name, model)?)))
            .collect::<Result<BTreeMap<_, _>, ConfigurationError>>()?;
        for route in routes {
            let mut names = route.checks.models.values();
            if let Some(name) = names.find(|name| !models.contains_key(*name)) {
                return Err(ConfigurationError::NoModel {
                    name: name.clone(),
                    route: route.to_string(),
                });
            }
        }
        Ok(Validators {
            routes: routes.iter().map(|route| route.checks.clone()).collect(),
            models,
        })
    }

    /// Checks a request to a route.
    ///
    /// # Errors
    ///
    /// Fails if a parameter is missing, or the body is not as its model says.
    pub(super) fn check(&self, route: usize, sent: &Sent<'_>) -> Result<(), GatewayError> {
        let checks = &self.routes[route];
        check_parameters(checks, sent)?;
        match checks.models.get(&media_type(sent.request)) {
            Some(name) => check_body(name, &self.models[name], sent.body),
            None => Ok(()),
        }
    }
}

fn read_model(name: String, model: Value) -> Result<Schema, ConfigurationError> {
    let schema: Schema = match serde_json::from_value(model) {
        Ok(schema) => schema,
        Err(error) => {
            let reason = error.to_string();
            return Err(ConfigurationError::Model { name, reason });
        }
    };
    match schema.dangling_reference() {
        None => Ok(schema),
        Some(target) => {
            let reason = format!("{target:?} is not one of its definitions");
            Err(ConfigurationError::Model { name, reason })
        }
    }
}

/// Facts R5.2 and R5.3. The names of headers are compared in any case, because the server hands them
/// over in lower case.
fn check_parameters(checks: &RouteChecks, sent: &Sent<'_>) -> Result<(), GatewayError> {
    let query = query_parameters(sent.target);
    let is_sent = |RequiredParameter { place, name }: &RequiredParameter| match place {
        ParameterPlace::Header => {
            let mut values = sent.request.headers.get_all(name).iter();
            values.any(|value| !value.is_empty())
        }
        ParameterPlace::Path => {
            let value = sent.path_parameters.get(name);
            value.is_some_and(|value| !value.is_empty())
        }
        ParameterPlace::QueryString => {
            let mut values = query.get(name).into_iter().flatten();
            values.any(|value| !value.is_empty())
        }
    };
    let missing = checks.parameters.iter().filter(|name| !is_sent(name));
    let missing: Vec<_> = missing.map(|parameter| &*parameter.name).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(GatewayError::missing_parameters(&missing))
    }
}

/// Facts R5.4 and R5.6. An empty body is validated as `{}`.
fn check_body(name: &str, model: &Schema, body: &Bytes) -> Result<(), GatewayError> {
    let json: &[u8] = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(json)
        .map_err(|error| GatewayError::invalid_body(format!("not JSON: {error}")))?;
    schema_check::check(model, &value)
        .map_err(|mismatch| GatewayError::invalid_body(format!("{mismatch}, in the model {name}")))
}

/// The media type that chooses the model, without its parameters (fact R5.5).
fn media_type(request: &Request) -> String {
    let value = request.headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.unwrap_or(DEFAULT_MEDIA_TYPE).split(';').next();
    media_type.unwrap_or_default().trim().to_ascii_lowercase()
}
