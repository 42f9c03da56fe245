//! The client, as the SDK sees it.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use aws_smithy_runtime_api::client::{
    connection::CaptureSmithyConnection,
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use http::{Request, header::HOST};
use tokio::time::timeout;

use crate::{
    Roots,
    call_error::CallError,
    idle_connections::IdleConnections,
    origin::Origin,
    transport::{Connection, Transport},
};

/// An HTTP client for clients of the AWS SDK. Clones share their connections.
#[derive(Clone)]
pub struct SdkHttpClient {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    idle: IdleConnections,
}

impl SdkHttpClient {
    /// Returns a client that trusts servers with certificates by `roots`.
    pub fn new(roots: Roots) -> Self {
        let transport = Transport::new(roots);
        let idle = IdleConnections::default();
        Self {
            shared: Arc::new(Shared { transport, idle }),
        }
    }

    /// Opens a connection to the host of a URL, for the first request to it.
    ///
    /// # Errors
    ///
    /// Fails if the host cannot be reached, or its certificate is not trusted.
    pub async fn connect(&self, url: &str) -> Result<(), ConnectorError> {
        self.shared.connect(url).await.map_err(ConnectorError::from)
    }
}

impl fmt::Debug for SdkHttpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SdkHttpClient")
            .finish_non_exhaustive()
    }
}

impl HttpClient for SdkHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            client: self.clone(),
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some(Cow::Borrowed("1.x"))))
    }
}

/// The client with the time-outs of one operation.
#[derive(Debug)]
struct Connector {
    client: SdkHttpClient,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let shared = Arc::clone(&self.client.shared);
        let (connect_timeout, read_timeout) = (self.connect_timeout, self.read_timeout);
        HttpConnectorFuture::new(async move {
            let response = shared.send(request, connect_timeout);
            let response = match read_timeout {
                Some(limit) => timeout(limit, response)
                    .await
                    .unwrap_or(Err(CallError::ReadTimeout(limit))),
                None => response.await,
            };
            response.map_err(ConnectorError::from)
        })
    }
}

impl Shared {
    async fn connect(&self, url: &str) -> Result<(), CallError> {
        let (origin, _) = Origin::split(url.parse().map_err(CallError::Url)?)?;
        let mut connection = self.transport.open(origin).await?;
        connection.sender.ready().await.map_err(CallError::Http)?;
        self.idle.keep(connection);
        Ok(())
    }

    async fn send(
        &self,
        request: HttpRequest,
        connect_timeout: Option<Duration>,
    ) -> Result<HttpResponse, CallError> {
        let observer = request.extension::<CaptureSmithyConnection>().cloned();
        let (origin, mut request) = addressed(request)?;
        loop {
            let kept = self.idle.take(&origin);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.open(origin.clone(), connect_timeout).await?,
            };
            if let Some(observer) = &observer {
                let metadata = connection.metadata.clone();
                observer.set_connection_retriever(move || Some(metadata.clone()));
            }
            match connection.sender.try_send_request(request).await {
                Ok(response) => {
                    self.idle.keep(connection);
                    return response
                        .map(SdkBody::from_body_1_x)
                        .try_into()
                        .map_err(CallError::Response);
                }
                // The server closed the connection while it was idle, and has received nothing.
                Err(mut error) => match error.take_message() {
                    Some(unsent) if is_kept => request = unsent,
                    _ => return Err(CallError::Http(error.into_error())),
                },
            }
        }
    }

    async fn open(
        &self,
        origin: Origin,
        connect_timeout: Option<Duration>,
    ) -> Result<Connection, CallError> {
        let Some(limit) = connect_timeout else {
            return self.transport.open(origin).await;
        };
        let host = origin.host().to_owned();
        timeout(limit, self.transport.open(origin))
            .await
            .unwrap_or(Err(CallError::ConnectTimeout { host, limit }))
    }
}

/// Returns a request as HTTP/1.1 sends it: the host in a header, and the path in the request line.
fn addressed(request: HttpRequest) -> Result<(Origin, Request<SdkBody>), CallError> {
    let mut request = request.try_into_http1x().map_err(CallError::Request)?;
    let (origin, path) = Origin::split(std::mem::take(request.uri_mut()))?;
    *request.uri_mut() = path;
    if !request.headers().contains_key(HOST) {
        let host = origin.host_header().map_err(CallError::HostHeader)?;
        request.headers_mut().insert(HOST, host);
    }
    Ok((origin, request))
}
