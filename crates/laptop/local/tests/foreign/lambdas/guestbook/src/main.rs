use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use aws_smithy_http_client::tls;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use lambda_http::{Error, run};

#[derive(Clone)]
struct Book {
    client: Client,
    table: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // TLS by ring, which compiles sooner than the default.
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls)
        .build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let book = Book {
        client: Client::new(&config),
        table: env::var("TABLE_ENTRIES")?,
    };
    run(Router::new()
        .route("/guestbook/entries/{id}", get(read).put(write))
        .with_state(book))
    .await
}

async fn read(State(book): State<Book>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let got = book.client.get_item().table_name(&book.table);
    let got = got.key("id", AttributeValue::S(id)).send().await;
    let item = got.map_err(|_| StatusCode::BAD_GATEWAY)?.item;
    let text = item.as_ref().and_then(|item| item.get("text")?.as_s().ok());
    text.cloned().ok_or(StatusCode::NOT_FOUND)
}

async fn write(
    State(book): State<Book>,
    Path(id): Path<String>,
    text: String,
) -> Result<StatusCode, StatusCode> {
    let put = book.client.put_item().table_name(&book.table);
    let put = put
        .item("id", AttributeValue::S(id))
        .item("text", AttributeValue::S(text));
    put.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(StatusCode::NO_CONTENT)
}
