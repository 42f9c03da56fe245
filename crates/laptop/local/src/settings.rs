//! The settings of a server.

use std::{io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use dynamodb_host::{FaultSettings, Storage};
use gateway::{
    Api, Configuration, Cors, HttpApi, JwtAuthorizer, Principal, RestApi, RestConfiguration,
};
use lambda_host::LogFormat;
use manifest::{ApiKind, RequestChecks, Workspace};
use request_log::Output;
use tokio::net::TcpListener;

use crate::{
    error::Error,
    execution::ExecutionArguments,
    issuer::{DEFAULT_AUDIENCE, Issuer},
    route_table,
    usage::Usage,
};

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; port 0 takes a free one.
    pub address: SocketAddr,
    /// The kind of API.
    pub api: ApiKind,
    /// The stage of a REST API, with which its paths begin.
    pub stage: String,
    /// Where the tables are stored.
    pub storage: Storage,
    /// The issuer whose tokens are accepted.
    pub authorizer: Authorizer,
    /// The origins whose pages may call the API, instead of the declared ones.
    pub cors_origins: Vec<String>,
    /// The API keys of a REST API, and what counted in their quotas.
    pub usage: Usage,
    /// The principals that may sign requests to routes with `access = "iam"`.
    pub principals: Vec<Principal>,
    /// Where log lines go.
    pub output: Output,
    /// How the functions are executed.
    pub execution: ExecutionArguments,
    /// The faults to inject.
    pub faults: FaultSettings,
    /// How long a client may take to send a head, and then a body.
    pub patience: Duration,
    /// How long requests in progress may take when the server closes.
    pub grace: Duration,
}

/// The issuer whose tokens are accepted.
#[derive(Debug, Clone)]
pub enum Authorizer {
    /// The development issuer's.
    Development {
        issuer: Arc<Issuer>,
        /// The audiences to accept; `local` when empty.
        audience: Vec<String>,
    },
    /// An identity provider's.
    Provider {
        /// Its URL, as its tokens spell it.
        issuer: String,
        /// The audiences to accept.
        audience: Vec<String>,
    },
}

impl Settings {
    /// A free loopback port, an HTTP API, a database in memory, tokens of `issuer`, no API keys and no output.
    #[must_use]
    pub fn ephemeral(issuer: Arc<Issuer>) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            api: ApiKind::Http,
            stage: "prod".to_owned(),
            storage: Storage::Memory,
            authorizer: Authorizer::Development {
                issuer,
                audience: Vec::new(),
            },
            cors_origins: Vec::new(),
            usage: Usage::default(),
            principals: Vec::new(),
            output: Output::none(LogFormat::Text),
            execution: ExecutionArguments::default(),
            faults: FaultSettings::default(),
            patience: Duration::from_secs(30),
            grace: Duration::from_secs(2),
        }
    }

    /// Binds the port, so that a port in use is reported before the build.
    ///
    /// # Errors
    /// When the port is in use, or the address is not this machine's.
    pub async fn bind(&self) -> Result<TcpListener, Error> {
        TcpListener::bind(self.address)
            .await
            .map_err(|source| match source.kind() {
                ErrorKind::AddrInUse => Error::PortInUse {
                    host: self.address.ip(),
                    port: self.address.port(),
                },
                _ => Error::Listen {
                    address: self.address,
                    source,
                },
            })
    }

    pub(crate) fn development_issuer(&self) -> Option<Arc<Issuer>> {
        match &self.authorizer {
            Authorizer::Development { issuer, .. } => Some(Arc::clone(issuer)),
            Authorizer::Provider { .. } => None,
        }
    }

    fn jwt(&self) -> JwtAuthorizer {
        let (issuer, audience) = match &self.authorizer {
            Authorizer::Development { issuer, audience } => (issuer.url(), audience),
            Authorizer::Provider { issuer, audience } => (issuer.clone(), audience),
        };
        let mut audience = audience.clone();
        if audience.is_empty() {
            audience.push(DEFAULT_AUDIENCE.to_owned());
        }
        JwtAuthorizer { issuer, audience }
    }

    /// Returns the declared CORS settings for the origins of these settings, or else of the declaration.
    /// Without an origin, CORS is not configured.
    fn cors(&self, workspace: &Workspace) -> Result<Option<Cors>, Error> {
        let mut cors = workspace.cors.clone().unwrap_or_default();
        if !self.cors_origins.is_empty() {
            cors = cors
                .with_origins(self.cors_origins.clone())
                .map_err(|error| Error::Gateway(error.into()))?;
        }
        Ok(Some(cors).filter(|cors| !cors.origins.is_empty()))
    }

    /// Returns the CORS settings for the environment of functions. A REST API leaves the headers of
    /// their responses to them.
    pub(crate) fn cors_variable(&self, workspace: &Workspace) -> Option<(String, String)> {
        if self.api == ApiKind::Http {
            return None;
        }
        // Settings that are not valid have been refused with the API.
        let cors = self.cors(workspace).ok()??;
        let json = serde_json::to_string(&cors).expect("CORS settings are strings and numbers");
        Some(("CORS".to_owned(), json))
    }

    /// Returns the path with which all paths of the API begin: empty, or the stage of a REST API.
    pub(crate) fn base_path(&self) -> String {
        match self.api {
            ApiKind::Http => String::new(),
            ApiKind::Rest => format!("/{}", self.stage),
        }
    }

    /// Returns the API of a workspace.
    pub(crate) fn api(&self, workspace: &Workspace) -> Result<Api, Error> {
        workspace.check_for(self.api).map_err(Error::Workspace)?;
        let checks = match self.api {
            ApiKind::Http => RequestChecks::default(),
            ApiKind::Rest => workspace.request_checks().map_err(Error::Workspace)?,
        };
        let configuration = Configuration {
            routes: route_table::of(workspace, &checks),
            jwt: Some(self.jwt()),
            authorizers: route_table::authorizers(workspace),
            principals: self.principals.clone(),
            cors: self.cors(workspace)?,
            account_throttle: Some(self.execution.account_throttle()),
        };
        let api = match self.api {
            ApiKind::Http => HttpApi::new(configuration).map(Api::Http),
            ApiKind::Rest => RestApi::new(RestConfiguration {
                gateway_responses: workspace.gateway_responses.clone(),
                binary_media_types: workspace.api.binary_media_types.clone(),
                models: checks.models,
                plans: workspace.plans.clone(),
                keys: self.usage.keys(),
                ..RestConfiguration::new(configuration, &self.stage)
            })
            .map(Api::Rest),
        };
        api.map_err(Error::Gateway)
    }
}
