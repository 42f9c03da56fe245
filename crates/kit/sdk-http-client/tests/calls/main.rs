//! Calls of the SDK's client for DynamoDB to servers on this machine.

#![allow(clippy::unwrap_used, reason = "tests")]

mod connections;
mod failures;
mod server;
mod tls;

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use sdk_http_client::SdkHttpClient;

/// Long enough for a server on this machine, and short enough to wait for.
const SHORT: Duration = Duration::from_millis(50);

/// Returns the SDK's client, which trusts `roots` and sends each request once.
fn client(url: &str, http_client: SdkHttpClient) -> Client {
    Client::from_conf(configuration(url, http_client).build())
}

fn configuration(url: &str, http_client: SdkHttpClient) -> aws_sdk_dynamodb::config::Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "test",
        ))
        .endpoint_url(url)
        .http_client(http_client)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
}
