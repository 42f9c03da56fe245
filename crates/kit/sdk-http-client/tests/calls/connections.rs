use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
};
use sdk_http_client::{Roots, SdkHttpClient};
use tokio::{net::UnixStream, sync::Barrier, task::yield_now, time};

use crate::{
    SHORT, client, configuration,
    server::{Answer, Server},
};

fn http_client() -> SdkHttpClient {
    SdkHttpClient::new(Roots::amazon_trust_services())
}

/// Lets the other tasks run.
async fn pause() {
    for _ in 0..9 {
        yield_now().await;
    }
}

/// Sets the clock of the client forward.
async fn later(duration: Duration) {
    time::pause();
    time::advance(duration).await;
    time::resume();
}

#[tokio::test]
async fn the_next_call_uses_the_same_connection() {
    let server = Server::start([]).await;
    let client = client(&server.url(), http_client());

    client.list_tables().send().await.unwrap();
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 0]);
}

#[tokio::test]
async fn a_request_has_the_path_and_names_host_and_port() {
    let server = Server::start([]).await;
    let client = client(&server.url(), http_client());

    client.list_tables().send().await.unwrap();

    let request = &server.received()[0];
    assert_eq!(request.uri, "/");
    assert_eq!(
        request.headers["host"],
        format!("127.0.0.1:{}", server.port)
    );
}

#[tokio::test]
async fn calls_at_once_have_connections_of_their_own() {
    let both = Arc::new(Barrier::new(2));
    let server = Server::start([Answer::Together(both.clone()), Answer::Together(both)]).await;
    let client = client(&server.url(), http_client());
    let call = async || client.list_tables().send().await.unwrap();

    tokio::join!(call(), call());
    call().await;

    assert_eq!(server.received().len(), 3);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_whose_response_is_being_read_is_kept() {
    let both = Arc::new(Barrier::new(2));
    let answers = [Answer::Halves(both.clone()), Answer::Together(both.clone())];
    let again = [Answer::Together(both.clone()), Answer::Together(both)];
    let server = Server::start(answers.into_iter().chain(again)).await;
    let client = client(&server.url(), http_client());
    let call = async || client.list_tables().send().await.unwrap();

    tokio::join!(call(), async {
        // The first half arrives.
        pause().await;
        call().await
    });
    tokio::join!(call(), call());

    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_made_in_advance_is_used() {
    let server = Server::start([]).await;
    let http_client = http_client();

    http_client.connect(&server.url()).await.unwrap();
    client(&server.url(), http_client)
        .list_tables()
        .send()
        .await
        .unwrap();

    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_closed_connection_is_replaced() {
    let server = Server::start([]).await;
    let client = client(&server.url(), http_client());
    client.list_tables().send().await.unwrap();

    server.begin_to_close(0);
    pause().await;
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 1]);
}

/// As after a freeze: the next event and the end of the connection arrive together, and the request
/// is made before the connection's task runs.
#[tokio::test]
async fn a_request_that_was_not_sent_is_sent_on_a_new_connection() {
    let server = Server::start([]).await;
    let client = client(&server.url(), http_client());
    client.list_tables().send().await.unwrap();
    let (sender, event) = UnixStream::pair().unwrap();
    sender.writable().await.unwrap();

    sender.try_write(b"event").unwrap();
    server.begin_to_close(0);
    event.readable().await.unwrap();
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 1]);
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_not_used_again() {
    let server = Server::start([Answer::Last]).await;
    let client = client(&server.url(), http_client());

    client.list_tables().send().await.unwrap();
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 1]);
}

#[tokio::test]
async fn a_connection_is_not_used_after_90_idle_seconds() {
    let server = Server::start([]).await;
    let client = client(&server.url(), http_client());
    client.list_tables().send().await.unwrap();

    later(Duration::from_secs(89)).await;
    client.list_tables().send().await.unwrap();
    later(Duration::from_secs(90)).await;
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 0, 1]);
}

#[tokio::test]
async fn a_response_that_is_not_read_closes_its_connection() {
    let server = Server::start([Answer::Endless]).await;
    let timeouts = TimeoutConfig::builder().operation_timeout(SHORT).build();
    let configuration = configuration(&server.url(), http_client()).timeout_config(timeouts);
    let client = Client::from_conf(configuration.build());

    client.list_tables().send().await.unwrap_err();
    server.closed(0).await;
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 1]);
}

/// The SDK forbids its further use.
#[tokio::test]
async fn the_connection_of_a_failed_call_is_not_used_again() {
    let server = Server::start([Answer::Failure]).await;
    let retries = RetryConfig::standard().with_initial_backoff(Duration::ZERO);
    let configuration = configuration(&server.url(), http_client()).retry_config(retries);

    let client = Client::from_conf(configuration.build());
    client.list_tables().send().await.unwrap();

    assert_eq!(server.connections_used(), [0, 1]);
}
