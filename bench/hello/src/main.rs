//! Answers every event with the same response, without reading it.

use std::convert::Infallible;

use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    run(service_fn(hello)).await
}

async fn hello(_: LambdaEvent<Value>) -> Result<Value, Infallible> {
    // `cargo lambda watch` requires the fields that are empty.
    Ok(json!({ "statusCode": 200, "headers": {}, "multiValueHeaders": {}, "cookies": [], "body": "hello" }))
}
