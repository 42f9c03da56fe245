//! What an HTTP API is made of: stages, routes, authorizers, CORS, throttles.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use manifest::{Access, PayloadFormat, Throttle};
use thiserror::Error;

use crate::{
    cors::{Cors, CorsError},
    iam::Principal,
    jwt::JwtAuthorizer,
    limits,
};

/// One HTTP API. [`Configuration::default`] has one `$default` stage and no routes.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The API's id, ten lower-case letters and digits in AWS; `requestContext.apiId`.
    pub api_id: String,
    /// The account, twelve digits; `requestContext.accountId`.
    pub account_id: String,
    /// The region, which signatures are made for.
    pub region: String,
    /// `requestContext.domainName`; `None` takes the caller's `host` without its port.
    pub domain_name: Option<String>,
    /// Calls to the host `{api_id}.execute-api.…` are forbidden (fact 1.13).
    pub execute_api_endpoint_disabled: bool,
    /// The stages, one at least. All serve the same routes.
    pub stages: Vec<Stage>,
    /// The routes, in any order.
    pub routes: Vec<Route>,
    /// The authorizer of the routes with [`Access::Token`].
    pub jwt: Option<JwtAuthorizer>,
    /// Who may sign requests to the routes with [`Access::Iam`].
    pub principals: Vec<Principal>,
    /// The CORS configuration; `None` leaves CORS to the functions (fact 7.11).
    pub cors: Option<Cors>,
    /// The throttle of all routes and stages together (fact 8.1).
    pub account_throttle: Option<Throttle>,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// `$default`, or the first segment of the paths that belong to this stage.
    pub name: String,
    /// The stage variables, which every event of the stage bears.
    pub variables: BTreeMap<String, String>,
    /// The throttle of each route that has none of its own.
    pub throttle: Option<Throttle>,
}

/// One route and its integration.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method and path it serves.
    pub key: manifest::Route,
    /// The name of the function; handed back in [`Invocation::integration`](crate::Invocation).
    pub integration: String,
    /// Who may call it.
    pub authorization: Access,
    /// The shape of the event and of the answer.
    pub payload_format: PayloadFormat,
    /// A throttle instead of the stage's.
    pub throttle: Option<Throttle>,
    /// How long the function may take, 50 ms to 30 s.
    pub timeout: Duration,
}

/// What API Gateway would refuse to create.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// No stage at all.
    #[error("an API needs a stage; \"$default\" serves every path")]
    NoStage,
    /// More of something than API Gateway allows.
    #[error("{what}: {count} are more than the {limit} that an HTTP API may have")]
    TooMany {
        /// Of what.
        what: String,
        /// How many.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Two stages of one name.
    #[error("stage {0:?} is there twice")]
    RepeatedStage(String),
    /// A stage name that is not a path segment of letters, digits, `-` and `_`.
    #[error("stage {0:?} is neither \"$default\" nor made of letters, digits, - and _")]
    StageName(String),
    /// A stage variable that is too long.
    #[error(
        "stage variable {0:?}: a name may have {name} characters, a value {value}",
        name = limits::STAGE_VARIABLE_NAME,
        value = limits::STAGE_VARIABLE_VALUE
    )]
    StageVariable(String),
    /// Two routes that match the same requests; names of variables do not count (fact 1.9).
    #[error("routes {first:?} and {second:?} serve the same requests")]
    RepeatedRoute {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// A time-out outside of 50 ms to 30 s.
    #[error("route {key:?}: a time-out of {timeout:?} is not within 50 ms and 30 s")]
    Timeout {
        /// The route.
        key: String,
        /// Its time-out.
        timeout: Duration,
    },
    /// A throttle that is not a number, or negative.
    #[error("{of}: a throttle of {rate} requests per second is not a rate")]
    Rate {
        /// The route or stage.
        of: String,
        rate: f64,
    },
    /// A route asks for tokens and the API has no JWT authorizer.
    #[error("route {0:?} wants a token, and no JWT authorizer is configured")]
    NoJwtAuthorizer(String),
    /// An authorizer without an audience would refuse every token.
    #[error("the JWT authorizer has no audience")]
    NoAudience,
    /// The CORS configuration.
    #[error(transparent)]
    Cors(#[from] CorsError),
}

impl Default for Configuration {
    fn default() -> Configuration {
        Configuration {
            api_id: "colonnade0".to_owned(),
            account_id: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            domain_name: None,
            execute_api_endpoint_disabled: false,
            stages: vec![Stage::new("$default")],
            routes: Vec::new(),
            jwt: None,
            principals: Vec::new(),
            cors: None,
            account_throttle: Some(Throttle {
                rate: 10_000.0,
                burst: 5_000,
            }),
        }
    }
}

impl Stage {
    /// A stage without variables and without a throttle.
    pub fn new(name: impl Into<String>) -> Stage {
        Stage {
            name: name.into(),
            variables: BTreeMap::new(),
            throttle: None,
        }
    }
}

impl Route {
    /// A public route of payload format 2.0 with the default time-out and the stage's throttle.
    pub fn new(key: manifest::Route, integration: impl Into<String>) -> Route {
        Route {
            key,
            integration: integration.into(),
            authorization: Access::Public,
            payload_format: PayloadFormat::V2,
            throttle: None,
            timeout: limits::INTEGRATION_TIMEOUT,
        }
    }
}

impl Configuration {
    /// Refuses what API Gateway refuses when an API is created.
    pub(crate) fn check(&self) -> Result<(), ConfigurationError> {
        self.check_stages()?;
        self.check_routes()?;
        if let Some(throttle) = self.account_throttle {
            check_rate(throttle, "account")?;
        }
        if let Some(jwt) = &self.jwt {
            if jwt.audience.is_empty() {
                return Err(ConfigurationError::NoAudience);
            }
            at_most("audiences", jwt.audience.len(), limits::AUDIENCES)?;
        }
        Ok(())
    }

    fn check_stages(&self) -> Result<(), ConfigurationError> {
        if self.stages.is_empty() {
            return Err(ConfigurationError::NoStage);
        }
        at_most("stages", self.stages.len(), limits::STAGES)?;
        let mut names = HashSet::new();
        for stage in &self.stages {
            stage.check()?;
            if !names.insert(&stage.name) {
                return Err(ConfigurationError::RepeatedStage(stage.name.clone()));
            }
        }
        Ok(())
    }

    fn check_routes(&self) -> Result<(), ConfigurationError> {
        at_most("routes", self.routes.len(), limits::ROUTES)?;
        let mut identities: BTreeMap<String, &Route> = BTreeMap::new();
        for route in &self.routes {
            route.check(self.jwt.is_some())?;
            let identity = route.key.identity();
            if let Some(first) = identities.insert(identity, route) {
                return Err(ConfigurationError::RepeatedRoute {
                    first: first.key.to_string(),
                    second: route.key.to_string(),
                });
            }
        }
        Ok(())
    }
}

impl Stage {
    fn check(&self) -> Result<(), ConfigurationError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name != "$default" && (self.name.is_empty() || !self.name.chars().all(plain)) {
            return Err(ConfigurationError::StageName(self.name.clone()));
        }
        at_most(
            "stage variables",
            self.variables.len(),
            limits::STAGE_VARIABLES,
        )?;
        for (name, value) in &self.variables {
            if name.chars().count() > limits::STAGE_VARIABLE_NAME
                || value.chars().count() > limits::STAGE_VARIABLE_VALUE
            {
                return Err(ConfigurationError::StageVariable(name.clone()));
            }
        }
        self.throttle
            .map_or(Ok(()), |throttle| check_rate(throttle, &self.name))
    }
}

impl Route {
    fn check(&self, has_jwt: bool) -> Result<(), ConfigurationError> {
        let key = || self.key.to_string();
        if self.timeout < limits::SHORTEST_INTEGRATION_TIMEOUT
            || self.timeout > limits::INTEGRATION_TIMEOUT
        {
            return Err(ConfigurationError::Timeout {
                key: key(),
                timeout: self.timeout,
            });
        }
        if let Access::Token { scopes } = &self.authorization {
            if !has_jwt {
                return Err(ConfigurationError::NoJwtAuthorizer(key()));
            }
            at_most(
                &format!("scopes of {}", self.key),
                scopes.len(),
                limits::SCOPES,
            )?;
        }
        self.throttle.map_or(Ok(()), |throttle| {
            check_rate(throttle, &self.key.to_string())
        })
    }
}

fn check_rate(throttle: Throttle, of: &str) -> Result<(), ConfigurationError> {
    let Throttle { rate, .. } = throttle;
    if rate.is_finite() && rate >= 0.0 {
        Ok(())
    } else {
        Err(ConfigurationError::Rate {
            of: of.to_owned(),
            rate,
        })
    }
}

fn at_most(what: &str, count: usize, limit: usize) -> Result<(), ConfigurationError> {
    if count <= limit {
        Ok(())
    } else {
        Err(ConfigurationError::TooMany {
            what: what.to_owned(),
            count,
            limit,
        })
    }
}
