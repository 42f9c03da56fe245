//! The client: lean, and connected before the first request.

use std::{collections::HashMap, env, time::Duration};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, Region, SharedHttpClient, http::HttpRequest,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use aws_smithy_http_client::{
    Builder, HttpClientError,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient, http_client_fn};

use crate::DatabaseError;

/// The roots that sign AWS endpoints: Amazon Trust Services, and the Starfield root they chain to
/// (<https://www.amazontrust.com/repository/>). Parsing these five instead of the system's store
/// spares 8.4 of 9.7 million start-up instructions.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon-trust-services.pem");

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
    /// The certificates cannot be used.
    #[error("cannot use the trusted certificates")]
    Tls(#[source] HttpClientError),
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
        let client = Client::from_conf(configuration()?);
        // Any answer leaves a connection in the pool. DynamoDB answers `GET /` with "healthy" and
        // needs no permission for it.
        let hello = client
            .list_tables()
            .customize()
            .config_override(Config::builder().retry_config(RetryConfig::disabled()))
            .mutate_request(|request: &mut HttpRequest| {
                drop(request.take_body());
                // The length of the removed body. A server would wait for the body.
                request.headers_mut().remove("content-length");
                // A known method cannot fail to parse.
                let _ = request.set_method("GET");
            })
            .send();
        let _ = tokio::time::timeout(Duration::from_secs(1), hello).await;
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

/// No `aws-config`: its chain looks in places that a Lambda does not have, for 1.7 million
/// instructions and 3.8 MB.
fn configuration() -> Result<Config, ConnectError> {
    let variable = |name| env::var(name).map_err(|_| ConnectError::Missing(name));
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "Lambda",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(6))
        .build();
    let mut configuration = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .http_client(http_client()?)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard());
    if let Ok(endpoint) = env::var("AWS_ENDPOINT_URL_DYNAMODB") {
        configuration = configuration.endpoint_url(endpoint);
    }
    Ok(configuration.build())
}

fn http_client() -> Result<SharedHttpClient, ConnectError> {
    // For a proxy that inspects TLS, a private endpoint, or a partition with other roots.
    let roots = match env::var("AWS_CA_BUNDLE") {
        Ok(path) => {
            std::fs::read(&path).map_err(|source| ConnectError::CaBundle { path, source })?
        }
        Err(_) => AMAZON_TRUST_SERVICES.to_vec(),
    };
    let tls = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(roots))
        .build()
        .map_err(ConnectError::Tls)?;
    // Not aws-lc: its start-up entropy costs 40 ms of CPU at the first handshake
    // (aws-lc-rs issues 899 and 1140); ring needs 2.6 ms. This line is the choice.
    let provider = Provider::rustls(CryptoMode::Ring);
    let client = Builder::new()
        .tls_provider(provider)
        .tls_context(tls)
        .build_https();
    // Passes on the client's connectors, but not its validation of the configuration. The validation parses
    // the roots for a connector that it drops, which is a tenth of the start-up instructions.
    Ok(http_client_fn(move |settings, components| {
        client.http_connector(settings, components)
    }))
}
