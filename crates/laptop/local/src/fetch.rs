//! Fetches the documents of an identity provider, within API Gateway's limits.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use gateway::{Api, Document, FetchError, Timestamp, limits};
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::sync::Mutex;

use crate::issuer::Issuer;

type HttpsClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Fetches documents for all requests. While one request fetches, the others wait for it.
#[derive(Debug)]
pub(crate) struct Fetcher {
    own: Option<Arc<Issuer>>,
    /// Created when it is first needed, because reading the system's certificates is slow.
    client: OnceLock<HttpsClient>,
    turn: Mutex<()>,
}

impl Fetcher {
    /// `own` is the issuer in this process. Its documents are not fetched over the network.
    pub(crate) fn new(own: Option<Arc<Issuer>>) -> Self {
        Self {
            own,
            client: OnceLock::new(),
            turn: Mutex::new(()),
        }
    }

    /// Supplies `api` with a document, unless another request has done so meanwhile.
    pub(crate) async fn supply(&self, api: &Api, document: &Document) {
        let _turn = self.turn.lock().await;
        if api.still_wants(document) {
            let fetched = self.fetch(document.url()).await;
            api.supply(document, fetched, Timestamp::now());
        }
    }

    async fn fetch(&self, url: &str) -> Result<Bytes, FetchError> {
        if let Some(document) = self.own.as_ref().and_then(|own| own.document(url)) {
            return Ok(document);
        }
        match tokio::time::timeout(limits::FETCH_TIMEOUT, self.get(url)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::TimedOut),
        }
    }

    async fn get(&self, url: &str) -> Result<Bytes, FetchError> {
        let url: Uri = url.parse().map_err(unreachable)?;
        let answer = self.client()?.get(url).await.map_err(unreachable)?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        match Limited::new(answer.into_body(), limits::KEY_SET)
            .collect()
            .await
        {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLong),
            Err(error) => Err(FetchError::Unreachable(error)),
        }
    }

    fn client(&self) -> Result<&HttpsClient, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(unreachable)?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(self.client.get_or_init(|| client))
    }
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> FetchError {
    FetchError::Unreachable(Box::new(error))
}
