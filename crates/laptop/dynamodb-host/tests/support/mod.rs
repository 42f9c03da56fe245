//! What the tests share: two tables, and the real SDK client.

use std::{collections::BTreeMap, fmt::Debug};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region},
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use dynamodb_host::{DynamoDb, Storage};
use manifest::{Attribute, AttributeType, Index, Table};

pub(crate) fn text(name: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: AttributeType::S,
    }
}

/// `notes` by id with an index by author and an expiry; `pages` by note and number.
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
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

pub(crate) fn id(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) async fn put(client: &Client, note: &str) {
    let put = client.put_item().table_name("notes").item("id", id(note));
    put.item("author", id("ada")).send().await.unwrap();
}

/// The code and message of a refused call.
pub(crate) fn refusal<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = result.unwrap_err();
    let SdkError::ServiceError(_) = &error else {
        panic!("not an answer of the service: {error:?}");
    };
    (
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}
