//! The `/_faults` endpoint of a front door's database.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

/// The DynamoDB endpoint of a front door that was started with `--faults`.
#[derive(Debug, Clone)]
pub struct FaultEndpoint {
    database_url: String,
    token: String,
}

impl FaultEndpoint {
    /// `token` is the bearer token that the front door printed.
    #[must_use]
    pub fn new(database_url: &str, token: &str) -> Self {
        Self {
            database_url: database_url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    /// Returns how often each fault was injected; empty if the endpoint does not respond.
    pub async fn counts(&self) -> BTreeMap<String, u64> {
        let state = self.call("GET", None).await;
        let counts = state.map(|mut state| state["counts"].take());
        counts
            .and_then(|counts| serde_json::from_value(counts).ok())
            .unwrap_or_default()
    }

    /// Sets the probabilities by name, and all others to 0. Returns whether this succeeded.
    pub async fn set(&self, probabilities: &[(&str, f64)]) -> bool {
        let settings: HashMap<_, _> = probabilities.iter().copied().collect();
        self.call("PUT", Some(json!(settings))).await.is_some()
    }

    async fn call(&self, method: &str, body: Option<Value>) -> Option<Value> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}/_faults", self.database_url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(body))
            .ok()?;
        let response = client.request(request).await.ok()?;
        let is_success = response.status().is_success();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        serde_json::from_slice(&body).ok().filter(|_| is_success)
    }
}
