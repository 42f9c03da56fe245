//! How a workspace is served.

use std::{io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use dynamodb_host::{FaultSettings, Storage};
use gateway::{Configuration, Cors, HttpApi, IdentitySource, JwtAuthorizer, Principal};
use manifest::Workspace;
use tokio::net::TcpListener;

use crate::{
    error::Error,
    execution::ExecutionArguments,
    issuer::{DEFAULT_AUDIENCE, Issuer},
    output::{LogFormat, Output},
    route_table,
};

/// How a workspace is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the tables live.
    pub storage: Storage,
    /// The issuer whose tokens are accepted.
    pub authorizer: Authorizer,
    /// Origins whose pages may call; without any, CORS is left to the functions.
    pub cors_origins: Vec<String>,
    /// Who may sign requests to routes with `access = "iam"`.
    pub principals: Vec<Principal>,
    /// Where log lines go.
    pub output: Output,
    /// How the functions are executed.
    pub execution: ExecutionArguments,
    /// The faults to inject.
    pub faults: FaultSettings,
    /// How long a client may take to send a head, and then a body.
    pub patience: Duration,
    /// How long requests under way may take when the door closes.
    pub grace: Duration,
}

/// Whose tokens a door accepts.
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
    /// A free loopback port, a database in memory, tokens of `issuer`, and no output.
    #[must_use]
    pub fn ephemeral(issuer: Arc<Issuer>) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            storage: Storage::Memory,
            authorizer: Authorizer::Development {
                issuer,
                audience: Vec::new(),
            },
            cors_origins: Vec::new(),
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
        JwtAuthorizer {
            issuer,
            audience,
            identity_source: IdentitySource::default(),
        }
    }

    pub(crate) fn api(&self, workspace: &Workspace) -> Result<HttpApi, Error> {
        let cors = (!self.cors_origins.is_empty()).then(|| Cors {
            allow_origins: self.cors_origins.clone(),
            allow_methods: vec!["*".to_owned()],
            allow_headers: vec!["*".to_owned()],
            expose_headers: vec!["*".to_owned()],
            max_age: Some(300),
            allow_credentials: false,
        });
        HttpApi::new(Configuration {
            routes: route_table::of(workspace),
            jwt: Some(self.jwt()),
            principals: self.principals.clone(),
            cors,
            ..Configuration::default()
        })
        .map_err(Error::Gateway)
    }
}
