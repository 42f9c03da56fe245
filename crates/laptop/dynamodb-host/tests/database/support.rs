//! Two tables, the SDK's client, and plain HTTP requests.

#![allow(dead_code, reason = "tests/sockets.rs uses a part")]

use std::{collections::BTreeMap, fmt::Debug};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region},
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use dynamodb_host::{DynamoDb, Storage};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use manifest::{Attribute, AttributeType, Index, Table};
use sdk_http_client::{Roots, SdkHttpClient};
use serde_json::Value;

pub(crate) fn text(name: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: AttributeType::S,
    }
}

/// Returns the tables `notes`, with an index and a time to live, and `pages`, with a sort key.
pub(crate) fn tables() -> BTreeMap<String, Table> {
    let by_author = Index {
        partition_key: text("author"),
        sort_key: Some(text("id")),
    };
    let notes = Table {
        partition_key: text("id"),
        sort_key: None,
        time_to_live: Some("expiresAt".to_owned()),
        indexes: BTreeMap::from([("by-author".to_owned(), by_author)]),
    };
    let pages = Table {
        partition_key: text("note"),
        sort_key: Some(Attribute {
            name: "number".to_owned(),
            kind: AttributeType::N,
        }),
        time_to_live: None,
        indexes: BTreeMap::new(),
    };
    BTreeMap::from([("notes".to_owned(), notes), ("pages".to_owned(), pages)])
}

pub(crate) async fn start() -> DynamoDb {
    DynamoDb::start(Storage::Memory, &tables()).await.unwrap()
}

pub(crate) fn client(db: &DynamoDb, credentials: dynamodb_host::Credentials) -> Client {
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        Some(credentials.session_token),
        None,
        "test",
    );
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(db.endpoint())
        .credentials_provider(credentials)
        .http_client(SdkHttpClient::new(Roots::amazon_trust_services()));
    Client::from_conf(config.build())
}

pub(crate) fn id(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) async fn put(client: &Client, note: &str) {
    let put = client.put_item().table_name("notes").item("id", id(note));
    put.item("author", id("ada")).send().await.unwrap();
}

/// Returns the code and message of a refused call.
pub(crate) fn refusal<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = result.unwrap_err();
    let SdkError::ServiceError(_) = &error else {
        panic!("not a response of the service: {error:?}");
    };
    (
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}

/// A response to a plain HTTP request.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a request to the database's endpoint, with its `Host` unless `headers` has another.
pub(crate) async fn send(
    db: &DynamoDb,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let address = db.endpoint().strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", address);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<bytes::Bytes>::from(body.to_owned()));
    let response = sender.send_request(request.unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}
