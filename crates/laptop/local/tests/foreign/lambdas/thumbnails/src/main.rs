//! Triggered by a queue, so it has no route.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<(), Error> {
    println!(
        "{} records",
        event.payload["Records"].as_array().map_or(0, Vec::len)
    );
    Ok(())
}
