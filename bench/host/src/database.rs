//! DynamoDB over TLS: the calls of the measured functions, executed by the embedded engine.

use std::sync::Arc;

use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::Failure;

/// Tables and items, by which all programs are measured.
#[derive(Deserialize)]
struct Seed {
    tables: Vec<Table>,
    items: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Table {
    name: String,
    /// The partition key and, if there is one, the sort key. All are strings.
    keys: Vec<String>,
}

/// A running database.
pub(crate) struct Tls {
    pub(crate) endpoint: String,
    /// The certificate that the functions must trust, as PEM.
    pub(crate) certificate: String,
}

/// Serves a database with the items of `seed.json` on a free loopback port, until the runtime ends.
pub(crate) async fn serve() -> Result<Tls, Failure> {
    let database = Database::memory()?;
    fill(
        &database,
        serde_json::from_str(include_str!("../seed.json"))?,
    )?;
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("https://localhost:{}", listener.local_addr()?.port());

    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, database) = (acceptor.clone(), database.clone());
            tokio::spawn(async move {
                stream.set_nodelay(true)?;
                let stream = acceptor.accept(stream).await?;
                let service = service_fn(|request| respond(&database, request));
                // The function may end at any time, and with it the connection.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                Ok::<_, std::io::Error>(())
            });
        }
    });
    Ok(Tls {
        endpoint,
        certificate: issued.cert.pem(),
    })
}

fn fill(database: &Database, seed: Seed) -> Result<(), Failure> {
    for Table { name, keys } in &seed.tables {
        let schema = keys.iter().zip(["HASH", "RANGE"]);
        let schema = schema.map(|(key, kind)| json!({ "AttributeName": key, "KeyType": kind }));
        let types = keys
            .iter()
            .map(|key| json!({ "AttributeName": key, "AttributeType": "S" }));
        let table = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": schema.collect::<Value>(),
            "AttributeDefinitions": types.collect::<Value>(),
        });
        database.create_table(serde_json::from_value(table)?)?;
    }
    for (table, items) in &seed.items {
        for item in items.as_array().into_iter().flatten() {
            let put = json!({ "TableName": table, "Item": item });
            database.put_item(serde_json::from_value(put)?)?;
        }
    }
    Ok(())
}

async fn respond(
    database: &Database,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.split_once('.'));
    let operation = operation.map(|(_, operation)| operation.to_owned());
    let body = request.into_body().collect().await?.to_bytes();

    let executed = tokio::task::block_in_place(|| {
        execute(database, operation.as_deref().unwrap_or_default(), &body)
    });
    let (status, body) = match executed {
        Ok(body) => (200, body),
        Err(error) => (error.status_code(), error.to_json().into_bytes()),
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-crc32", crc32fast::hash(&body))
        .body(Full::from(body));
    Ok(response.expect("the headers are valid"))
}

/// The operations of the routes that are measured.
fn execute(database: &Database, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
    match operation {
        "BatchGetItem" => json(&database.batch_get_item(read(body)?)?),
        "GetItem" => json(&database.get_item(read(body)?)?),
        "TransactWriteItems" => json(&database.transact_write_items(read(body)?)?),
        _ => Err(DynoxideError::ValidationException(format!(
            "{operation:?} is not an operation of a measured route"
        ))),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body)
        .map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn json(output: &impl Serialize) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(output)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
