//! The function of `scripts/verify/template.yaml`, for the local front door: returns the value of the
//! header `x-return`, or the event if this header is missing.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(respond)).await
}

async fn respond(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = event.payload;
    if let Some(returns) = event["headers"]["x-return"].as_str() {
        return Ok(serde_json::from_str(returns)?);
    }
    Ok(json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "body": event.to_string(),
    }))
}
