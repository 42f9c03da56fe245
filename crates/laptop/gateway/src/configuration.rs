//! The settings of an API: routes, authorizers, CORS.

use std::{collections::BTreeMap, fmt};

use manifest::{
    Access, AuthorizerTrigger, Cors, InvalidCors, Mapping, PayloadFormat, RouteChecks, Throttle,
};
use thiserror::Error;

use crate::{iam::Principal, jwt::JwtAuthorizer, limits};

/// One HTTP API.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// The routes, in any order.
    pub routes: Vec<Route>,
    /// The authorizer of the routes with [`Access::Token`].
    pub jwt: Option<JwtAuthorizer>,
    /// The Lambda authorizers of the routes with [`Access::Authorizer`], by the names of their functions.
    pub authorizers: BTreeMap<String, AuthorizerTrigger>,
    /// The principals that may sign requests to the routes with [`Access::Iam`].
    pub principals: Vec<Principal>,
    /// The CORS settings. Without them, OPTIONS is an ordinary method (fact 7.9).
    pub cors: Option<Cors>,
    /// The throttle of all routes together, which is a quota of the account. Without one, it is
    /// [`ACCOUNT_THROTTLE`](crate::limits::ACCOUNT_THROTTLE).
    pub account_throttle: Option<Throttle>,
}

/// One route and its integration.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method and path it serves.
    pub key: manifest::Route,
    /// The name of the function, returned as [`Invocation::integration`](crate::Invocation).
    pub integration: String,
    /// The callers it accepts.
    pub authorization: Access,
    /// The format of the event and of the response of an HTTP API.
    pub payload_format: PayloadFormat,
    /// A throttle in addition to the account's.
    pub throttle: Option<Throttle>,
    /// What an HTTP API changes of requests and responses.
    pub mapping: Mapping,
    /// Whether a REST API requires an API key.
    pub requires_key: bool,
    /// What a REST API checks of requests.
    pub checks: RouteChecks,
}

/// The error for a configuration that API Gateway would refuse.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// More of something than API Gateway allows.
    #[error("{count} {what}: an API may have {limit}")]
    TooMany {
        what: &'static str,
        count: usize,
        limit: usize,
    },
    /// A route requires a token, and the API has no JWT authorizer.
    #[error("route {0:?} requires a token, but no JWT authorizer is configured")]
    NoJwtAuthorizer(String),
    /// A route requires a Lambda authorizer that the API does not have.
    #[error("route {route:?} requires the Lambda authorizer {authorizer}, which is not configured")]
    NoLambdaAuthorizer { route: String, authorizer: String },
    /// An authorizer without an audience would refuse every token.
    #[error("the JWT authorizer has no audience")]
    NoAudience,
    /// A principal without a secret: everybody could sign as this principal.
    #[error("the principal {0:?} has an empty secret access key")]
    NoSecret(String),
    /// A REST API has no `$default` route.
    #[error("a REST API has no $default route; declare ANY / and ANY /{{proxy+}}")]
    DefaultRoute,
    /// Two routes of a REST API with different variables at one place of the path.
    #[error(
        "{first} and {second} have different variables at one place of the path, which a REST API \
         refuses; give both variables one name"
    )]
    SiblingVariables {
        /// A route and its function.
        first: String,
        /// A route and its function.
        second: String,
    },
    /// A part of a path that a REST API refuses.
    #[error(
        "{route}: a REST API refuses the path part {part:?}; use letters, digits and _ - . , :"
    )]
    PathPart {
        part: String,
        /// A route and its function.
        route: String,
    },
    /// The name of a stage.
    #[error(
        "{0:?} is not the name of a stage; use 1 to 128 letters, digits, - and _, but not \"ping\" \
         and \"sping\""
    )]
    Stage(String),
    /// An origin that stands for many.
    #[error("a REST API has no origin {0:?}; list the origins, or write \"*\"")]
    OriginPattern(String),
    /// A model of request bodies.
    #[error("invalid model {name}: {reason}")]
    Model { name: String, reason: String },
    /// A route names a model that does not exist.
    #[error("{route} has the model {name}, which does not exist")]
    NoModel {
        name: String,
        /// A route and its function.
        route: String,
    },
    /// The CORS settings.
    #[error("invalid CORS settings: {0}")]
    Cors(#[from] InvalidCors),
}

impl Route {
    /// Returns a public route of payload format 2.0 without a throttle of its own.
    pub fn new(key: manifest::Route, integration: impl Into<String>) -> Route {
        Route {
            key,
            integration: integration.into(),
            authorization: Access::Public,
            payload_format: PayloadFormat::V2,
            throttle: None,
            mapping: Mapping::default(),
            requires_key: false,
            checks: RouteChecks::default(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.key, self.integration)
    }
}

impl Configuration {
    /// Checks what API Gateway checks when an API is created, as far as `manifest` has not checked it
    /// in the declarations.
    pub(crate) fn check(&self) -> Result<(), ConfigurationError> {
        at_most("routes", self.routes.len(), limits::ROUTES)?;
        if let Some(jwt) = &self.jwt {
            if jwt.audience.is_empty() {
                return Err(ConfigurationError::NoAudience);
            }
            at_most("audiences", jwt.audience.len(), limits::AUDIENCES)?;
        }
        let requires_token = |route: &&Route| matches!(route.authorization, Access::Token { .. });
        if self.jwt.is_none()
            && let Some(route) = self.routes.iter().find(requires_token)
        {
            return Err(ConfigurationError::NoJwtAuthorizer(route.key.to_string()));
        }
        at_most(
            "Lambda authorizers",
            self.authorizers.len(),
            limits::AUTHORIZERS,
        )?;
        for route in &self.routes {
            if let Access::Authorizer { name } = &route.authorization
                && !self.authorizers.contains_key(name)
            {
                return Err(ConfigurationError::NoLambdaAuthorizer {
                    route: route.key.to_string(),
                    authorizer: name.clone(),
                });
            }
        }
        let no_secret = |principal: &&Principal| principal.secret_access_key.is_empty();
        if let Some(principal) = self.principals.iter().find(no_secret) {
            let id = principal.access_key_id.clone();
            return Err(ConfigurationError::NoSecret(id));
        }
        if let Some(cors) = &self.cors {
            cors.check()?;
        }
        Ok(())
    }
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), ConfigurationError> {
    if count <= limit {
        Ok(())
    } else {
        Err(ConfigurationError::TooMany { what, count, limit })
    }
}
