//! Only the function's own processes may call its Runtime API.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use lambda_host::InvokeOutcome;
use serde_json::json;

use crate::support::{FUNCTION, Lambda, PROTOCOL, payload};

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n";

/// Sends a request from this process, which is not the function's, and returns the response.
fn request(address: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

async fn runtime_api(lambda: &Lambda) -> String {
    let variables = payload(lambda.invoke(json!({ "do": "environment" })).await);
    variables["AWS_LAMBDA_RUNTIME_API"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_processes_cannot_take_an_invocation() {
    let lambda = Lambda::new();
    lambda.deploy(FUNCTION, |_| {}).await;
    let address = runtime_api(&lambda).await;
    let own_host = format!("Host: {address}\r\n");
    let heads = [
        (
            "a web page",
            "Host: rebound.example\r\nOrigin: https://rebound.example\r\n",
        ),
        ("its own host", own_host.as_str()),
    ];

    for (case, headers) in heads {
        let address = address.clone();
        let head = format!("{NEXT}{headers}");
        let response = tokio::task::spawn_blocking(move || request(&address, &head))
            .await
            .unwrap();

        assert!(
            response.starts_with("HTTP/1.1 403 Forbidden\r\n"),
            "{case}: {response}"
        );
    }

    let answer = payload(lambda.invoke(json!({ "for": "the function" })).await);
    assert_eq!(answer["echo"]["for"], "the function");
}

#[tokio::test]
async fn heads_that_a_web_page_could_send_are_refused() {
    let lambda = Lambda::new();
    lambda.deploy(PROTOCOL, |_| {}).await;

    lambda.invoke(json!("foreign-heads")).await;
    let InvokeOutcome::Payload(heard) = lambda.invoke(json!("heard")).await else {
        panic!("no payload");
    };

    let heard = String::from_utf8(heard.to_vec()).unwrap();
    let statuses: Vec<_> = heard.lines().map(|line| &line[..3]).collect();
    assert_eq!(statuses, ["403", "403", "403", "403"], "{heard}");
}
