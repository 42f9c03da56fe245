use aws_sdk_dynamodb::{
    Client,
    config::timeout::{TimeoutConfig, TimeoutConfigBuilder},
    error::SdkError,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use sdk_http_client::{Roots, SdkHttpClient};
use tokio::net::TcpListener;

use crate::{
    SHORT, configuration,
    server::{Answer, Server},
};

/// Returns how the SDK sees that a call got no response.
async fn failure(url: &str, timeouts: TimeoutConfigBuilder) -> ConnectorError {
    let http_client = SdkHttpClient::new(Roots::amazon_trust_services());
    let configuration = configuration(url, http_client).timeout_config(timeouts.build());
    let call = Client::from_conf(configuration.build())
        .list_tables()
        .send()
        .await;
    let error = call.unwrap_err();
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    let source = error.into_source().unwrap();
    *source.downcast::<ConnectorError>().unwrap()
}

#[tokio::test]
async fn a_refused_connection_is_an_error_of_io() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);

    let failure = failure(&format!("http://{address}"), TimeoutConfig::builder()).await;

    assert!(failure.is_io(), "{failure:?}");
}

#[tokio::test]
async fn a_slow_handshake_is_a_time_out() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());

    let failure = failure(&url, TimeoutConfig::builder().connect_timeout(SHORT)).await;

    assert!(failure.is_timeout(), "{failure:?}");
}

#[tokio::test]
async fn a_slow_response_is_a_time_out() {
    let server = Server::start([Answer::Silence]).await;

    let failure = failure(&server.url(), TimeoutConfig::builder().read_timeout(SHORT)).await;

    assert!(failure.is_timeout(), "{failure:?}");
    server.closed(0).await;
}

#[tokio::test]
async fn a_connection_that_ends_without_a_response_is_transient() {
    let server = Server::start([Answer::Close]).await;

    let failure = failure(&server.url(), TimeoutConfig::builder()).await;

    assert_eq!(
        failure.as_other(),
        Some(ErrorKind::TransientError),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_url_without_http_is_an_error_of_the_user() {
    let failure = failure("ftp://127.0.0.1", TimeoutConfig::builder()).await;

    assert!(failure.is_user(), "{failure:?}");
}
