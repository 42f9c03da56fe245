//! The client: lean, and connected before the first request.

use std::{collections::HashMap, env, time::Duration};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        self, BehaviorVersion, Credentials, Region,
        endpoint::{DefaultResolver, Endpoint, Params, ResolveEndpoint},
        retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use sdk_http_client::{InvalidRoots, Roots, SdkHttpClient};
use tokio::time::timeout;

use crate::{DatabaseError, user_agent::UserAgent};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A DynamoDB client and the names of the tables that this function declares.
#[derive(Clone, Debug)]
pub struct Database {
    client: Client,
    /// Physical names by logical names.
    tables: HashMap<String, String>,
}

/// Why no client could be made from the environment.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A variable that Lambda sets is not set.
    #[error("the environment variable {0} is not set; Lambda and `cargo local` set it")]
    Missing(&'static str),
    /// The certificates of `AWS_CA_BUNDLE` cannot be read.
    #[error("cannot read the certificates of AWS_CA_BUNDLE ({path})")]
    CaBundle {
        /// The variable's value.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The certificates of `AWS_CA_BUNDLE` cannot be used.
    #[error("cannot use the certificates of AWS_CA_BUNDLE ({path})")]
    Roots {
        /// The variable's value.
        path: String,
        /// What is wrong with them.
        source: InvalidRoots,
    },
}

impl Database {
    /// A client from what Lambda sets in the environment (region, credentials, `TABLE_<NAME>` for
    /// each declared table; `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_CA_BUNDLE` where they are set),
    /// connected already: the handshake belongs into the init phase, which has a full core.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when a variable is missing or the CA bundle cannot be read. A connection that
    /// fails is not an error: the first request connects again.
    pub async fn connect() -> Result<Self, ConnectError> {
        let http_client = http_client()?;
        let region = variable("AWS_REGION")?;
        let endpoint_url = env::var("AWS_ENDPOINT_URL_DYNAMODB").ok();
        let configuration = configuration(&region, credentials()?, endpoint_url.as_deref());
        let client = Client::from_conf(configuration.http_client(http_client.clone()).build());
        // The connection alone: a request would need 375,000 more instructions.
        if let Some(endpoint) = resolve_endpoint(region, endpoint_url).await {
            let connection = http_client.connect(endpoint.url());
            let _ = timeout(CONNECT_TIMEOUT, connection).await;
        }
        let tables = env::vars().filter_map(|(name, value)| {
            let table = name.strip_prefix("TABLE_")?;
            Some((table.to_lowercase().replace('_', "-"), value))
        });
        Ok(Self::new(client, tables))
    }

    /// A database by its client and the physical names of the tables by their logical names.
    pub fn new(client: Client, tables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            client,
            tables: tables.into_iter().collect(),
        }
    }

    /// The SDK's client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the physical name of a table.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::UndeclaredTable`].
    pub fn table(&self, table: &'static str) -> Result<&str, DatabaseError> {
        self.tables
            .get(table)
            .map(String::as_str)
            .ok_or(DatabaseError::UndeclaredTable(table))
    }
}

/// Returns the credentials that Lambda sets in the environment.
fn credentials() -> Result<Credentials, ConnectError> {
    Ok(Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "Lambda",
    ))
}

/// Returns the client's configuration, without its HTTP client. `aws-config` is not used: its chain looks in places that a
/// Lambda does not have, for 1.7 million instructions and 3.8 MB.
pub(crate) fn configuration(
    region: &str,
    credentials: Credentials,
    endpoint_url: Option<&str>,
) -> config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(6))
        .build();
    let mut configuration = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .interceptor(SharedInterceptor::permanent(UserAgent::new()));
    configuration.set_endpoint_url(endpoint_url.map(str::to_owned));
    configuration
}

/// Returns the endpoint that the client's requests go to. It depends on the partition of the Region.
async fn resolve_endpoint(region: String, endpoint_url: Option<String>) -> Option<Endpoint> {
    let parameters = Params::builder()
        .region(region)
        .set_endpoint(endpoint_url)
        .build()
        .ok()?;
    let resolver = DefaultResolver::new();
    ResolveEndpoint::resolve_endpoint(&resolver, &parameters)
        .await
        .ok()
}

fn variable(name: &'static str) -> Result<String, ConnectError> {
    env::var(name).map_err(|_| ConnectError::Missing(name))
}

fn http_client() -> Result<SdkHttpClient, ConnectError> {
    // For a proxy that inspects TLS, a private endpoint, or a partition with other roots.
    let roots = match env::var("AWS_CA_BUNDLE") {
        Ok(path) => read_roots(path)?,
        Err(_) => Roots::amazon_trust_services(),
    };
    Ok(SdkHttpClient::new(roots))
}

fn read_roots(path: String) -> Result<Roots, ConnectError> {
    match std::fs::read(&path) {
        Ok(pem) => Roots::from_pem(&pem).map_err(|source| ConnectError::Roots { path, source }),
        Err(source) => Err(ConnectError::CaBundle { path, source }),
    }
}
