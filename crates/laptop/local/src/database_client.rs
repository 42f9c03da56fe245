//! Calls DynamoDB on a loopback address.
//!
//! The embedded DynamoDB does not check signatures, so a few lines do what would otherwise need the
//! AWS SDK in `cargo local`, which takes a minute to compile.

use std::time::Duration;

use bytes::Bytes;
use http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client with the credentials of one caller.
#[derive(Debug)]
pub(crate) struct DatabaseClient {
    http: Client<HttpConnector, Full<Bytes>>,
    endpoint: String,
    authorization: String,
}

/// A call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing responds at the endpoint, or not as DynamoDB does.
    #[error("DynamoDB at {endpoint} does not respond")]
    NoResponse {
        endpoint: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// DynamoDB refused the call.
    #[error("{message}")]
    Refused {
        /// The exception, such as `ResourceNotFoundException`.
        exception: String,
        message: String,
    },
}

impl CallError {
    /// Whether the server was only too slow. It may be running.
    pub(crate) fn is_timeout(&self) -> bool {
        match self {
            Self::NoResponse { source, .. } => source.is::<tokio::time::error::Elapsed>(),
            Self::Refused { .. } => false,
        }
    }
}

impl DatabaseClient {
    pub(crate) fn new(endpoint: &str, access_key_id: &str) -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            endpoint: endpoint.to_owned(),
            authorization: format!(
                "AWS4-HMAC-SHA256 Credential={access_key_id}/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host, Signature=0"
            ),
        }
    }

    /// Returns the names of the tables.
    pub(crate) async fn tables(&self) -> Result<Vec<String>, CallError> {
        let listed = self.call("ListTables", &json!({})).await?;
        let names = listed["TableNames"].as_array().into_iter().flatten();
        Ok(names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect())
    }

    /// Returns one page of a table, beginning after the key `start`, and the key where the next page
    /// starts.
    pub(crate) async fn page(
        &self,
        table: &str,
        start: Option<Value>,
    ) -> Result<(Vec<Value>, Option<Value>), CallError> {
        let mut call = json!({ "TableName": table });
        if let Some(start) = start {
            call["ExclusiveStartKey"] = start;
        }
        let mut page = self.call("Scan", &call).await?;
        let items = match page["Items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        let next = Some(page["LastEvaluatedKey"].take()).filter(|key| !key.is_null());
        Ok((items, next))
    }

    /// Writes an item. Replaces an item that has the same key.
    pub(crate) async fn put(&self, table: &str, item: &Value) -> Result<(), CallError> {
        let call = json!({ "TableName": table, "Item": item });
        self.call("PutItem", &call).await.map(drop)
    }

    async fn call(&self, operation: &str, body: &Value) -> Result<Value, CallError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.endpoint)
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::from(body.to_string()))
            .map_err(|error| self.no_response(error))?;
        let response = tokio::time::timeout(TIMEOUT, async {
            let (head, body) = self.http.request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((head.status, body))
        });
        let (status, body) = response
            .await
            .map_err(|error| self.no_response(error))?
            .map_err(|error| self.no_response(error))?;
        let body: Value = serde_json::from_slice(&body).map_err(|error| self.no_response(error))?;
        if status == StatusCode::OK {
            return Ok(body);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let exception = text(&body["__type"]);
        let exception = exception.rsplit('#').next().unwrap_or_default();
        // DynamoDB spells the field in both ways.
        let message = Some(text(&body["message"])).filter(|message| !message.is_empty());
        let message = message.unwrap_or_else(|| text(&body["Message"]));
        Err(CallError::Refused {
            exception: exception.to_owned(),
            message: if message.is_empty() {
                exception.to_owned()
            } else {
                message
            },
        })
    }

    fn no_response(
        &self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> CallError {
        CallError::NoResponse {
            endpoint: self.endpoint.clone(),
            source: source.into(),
        }
    }
}
