//! `GET /users/{userId}` as the popular samples write it. It has the same store and the same response as `users-get`.

use std::env;

use aws_config::BehaviorVersion;
use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE},
};
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Serialize;
use tracing_subscriber::EnvFilter;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    email: String,
    name: String,
    created_at: String,
    updated_at: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_target(false)
        .without_time()
        .init();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let table = env::var("TABLE_USERS")?;

    run(service_fn(|event| get_user(&client, &table, event))).await
}

async fn get_user(
    client: &Client,
    table: &str,
    event: LambdaEvent<ApiGatewayV2httpRequest>,
) -> Result<ApiGatewayV2httpResponse, Error> {
    let id = event.payload.path_parameters.get("userId");
    let id = id.ok_or("the event has no path parameter userId")?;
    tracing::info!(user_id = %id, "getting a user");
    let output = client
        .get_item()
        .table_name(table)
        .key("id", AttributeValue::S(id.clone()))
        .send()
        .await?;

    let (status, body) = match output.item {
        Some(item) => {
            let text = |name: &str| {
                let value = item.get(name).and_then(|value| value.as_s().ok());
                value.cloned().unwrap_or_default()
            };
            let user = User {
                id: text("id"),
                email: text("email"),
                name: text("name"),
                created_at: text("createdAt"),
                updated_at: text("updatedAt"),
            };
            (200, serde_json::to_string(&user)?)
        }
        None => (404, r#"{"message":"not found"}"#.to_owned()),
    };
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.headers =
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    response.body = Some(Body::Text(body));
    Ok(response)
}
