//! Whatever a TCP client sends, the server stays up and answers other clients.

use std::time::Duration;

use http::Method;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Server, Settings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use crate::support::{call, call_with, door, issuer, open, trial};

async fn connect(door: &Server) -> TcpStream {
    let address = door.url();
    TcpStream::connect(address.trim_start_matches("http://"))
        .await
        .unwrap()
}

/// Sends `bytes`, then no more, and reads until the door closes the connection.
async fn send(door: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(door).await;
    // The door may refuse and close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn assert_others_are_served(door: &Server) {
    let works = trial(door, "echo").await;
    assert_eq!(works.status, 200, "{works:?}");
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_only_its_connection_closed() {
    let door = door().await;
    let many_headers = format!(
        "GET /notes/1 HTTP/1.1\r\nhost: a\r\n{}\r\n",
        "x-padding: 0123456789012345678901234567890\r\n".repeat(50_000)
    );
    let long_path = format!(
        "GET /{} HTTP/1.1\r\nhost: a\r\n\r\n",
        "a/".repeat(1_000_000)
    );
    let cases: [(&str, &[u8], &str); 16] = [
        ("half a request", b"GET /notes/1 HT", ""),
        ("nothing", b"", ""),
        ("noise", b"\x00\xff\xfe\x16\x03\x01 hello\r\n\r\n", "HTTP/1.1 400 "),
        ("no version", b"GET /\r\n\r\n", "HTTP/1.1 400 "),
        ("another version", b"GET / HTTP/3.0\r\n\r\n", "HTTP/1.1 400 "),
        (
            "an invalid header",
            b"GET / HTTP/1.1\r\nno header\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        (
            "a control character in a header",
            b"GET / HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        ("no host", b"GET /notes/1 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
        (
            "two hosts",
            b"GET /notes/1 HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        (
            "two lengths",
            b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\necho",
            "HTTP/1.1 400 ",
        ),
        (
            "an invalid length",
            b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: -4\r\n\r\necho",
            "HTTP/1.1 400 ",
        ),
        (
            "bad chunks",
            b"POST /trials HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\necho\r\n0\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        (
            "a body that stops early",
            b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\necho",
            "HTTP/1.1 400 ",
        ),
        (
            "a body that is too long",
            b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\necho",
            "HTTP/1.1 413 ",
        ),
        ("2 MB of headers", many_headers.as_bytes(), "HTTP/1.1 431 "),
        ("a path of a million segments", long_path.as_bytes(), "HTTP/1.1 4"),
    ];
    for (name, bytes, expected) in cases {
        let answer = send(&door, bytes).await;

        assert!(answer.starts_with(expected), "{name}: {answer:?}");
        assert_others_are_served(&door).await;
    }
    door.close().await;
}

#[tokio::test]
async fn a_length_beside_chunks_does_not_smuggle_a_second_request() {
    let door = door().await;

    let answer = send(
        &door,
        b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\
          transfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\necho\r\n0\r\n\r\n\
          GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
    )
    .await;

    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert_others_are_served(&door).await;
    door.close().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let door = door().await;

    let answer = send(
        &door,
        b"GET /one HTTP/1.1\r\nhost: a\r\n\r\nPOST /trials HTTP/1.1\r\nhost: a\r\n\
          content-length: 4\r\n\r\nechoGET /three HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    )
    .await;

    let statuses: Vec<&str> = answer
        .match_indices("HTTP/1.1 ")
        .map(|(at, text)| &answer[at + text.len()..][..3])
        .collect();
    assert_eq!(statuses, ["404", "200", "404"], "{answer}");
    door.close().await;
}

#[tokio::test]
async fn bytes_that_are_not_text_get_an_answer() {
    let door = door().await;

    for (name, bytes) in [
        (
            "path",
            &b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"[..],
        ),
        (
            "header",
            b"GET /pets HTTP/1.1\r\nhost: a\r\nx-name: \xff\xfe\r\nconnection: close\r\n\r\n",
        ),
        (
            "a header of a function's request",
            b"POST /trials HTTP/1.1\r\nhost: a\r\nx-name: caf\xe9\r\nconnection: close\r\n\
              content-length: 0\r\n\r\n",
        ),
    ] {
        let answer = send(&door, bytes).await;
        let status = answer.get(9..12).unwrap_or_default();
        assert!(
            ["200", "400", "404"].contains(&status),
            "{name}: {answer:?}"
        );
        assert_others_are_served(&door).await;
    }
    door.close().await;
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let door = door().await;

    let answer = send(
        &door,
        b"POST /trials HTTP/1.0\r\ncontent-length: 4\r\n\r\necho",
    )
    .await;

    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nApigw-Requestid: "), "{answer}");
    door.close().await;
}

#[tokio::test]
async fn names_are_spelled_as_in_go_beside_date_length_and_keep_alive() {
    let door = door().await;

    let answer = send(&door, b"GET /pets HTTP/1.1\r\nhost: a\r\n\r\n").await;

    for header in [
        "Content-Type: application/json",
        "Apigw-Requestid: ",
        "Connection: keep-alive",
        "Content-Length: 23",
        "Date: ",
    ] {
        assert!(
            answer.contains(&format!("\r\n{header}")),
            "{header}: {answer}"
        );
    }
    door.close().await;
}

#[tokio::test]
async fn a_head_of_20_kb_gets_the_gateways_answer() {
    let door = door().await;
    let padding = "x-padding: 0123456789012345678901234567890\r\n".repeat(500);

    let answer = send(
        &door,
        format!("GET /pets HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{padding}\r\n").as_bytes(),
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"message":"Request Header Fields Too Large"}"#),
        "{answer}"
    );
    door.close().await;
}

#[tokio::test]
async fn http_2_is_spoken_to_those_who_begin_with_it() {
    let door = door().await;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Full<bytes::Bytes>>();

    let url = format!("{}/trials", door.url());
    let event = call_with(&client, Method::POST, url, None, "echo")
        .await
        .json();

    let host = event["headers"]["host"].as_str().unwrap();
    assert!(door.url().ends_with(host), "{host}");
    assert_eq!(event["requestContext"]["http"]["protocol"], "HTTP/1.1");
    door.close().await;
}

#[tokio::test]
async fn a_slow_client_is_disconnected() {
    let mut settings = Settings::ephemeral(issuer());
    settings.patience = Duration::from_millis(300);
    let door = open(settings).await;
    let beginnings: [&[u8]; 5] = [
        b"",
        b"PRI",
        b"GET /no",
        b"GET /notes HTTP/1.1\r\nhost:",
        b"POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf",
    ];

    for beginning in beginnings {
        let mut stream = connect(&door).await;
        stream.write_all(beginning).await.unwrap();
        let mut answer = Vec::new();
        // Nothing more is sent, and the connection stays open on this side.
        let closed = stream.read_to_end(&mut answer);
        let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
        assert!(
            closed.is_ok(),
            "{:?} is held open",
            String::from_utf8_lossy(beginning)
        );
    }
    assert_others_are_served(&door).await;
    door.close().await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected() {
    let mut settings = Settings::ephemeral(issuer());
    settings.patience = Duration::from_secs(1);
    let door = open(settings).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = door.url().trim_start_matches("http://").parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let body = "a".repeat(100_000);
    let request = format!(
        "POST /trials HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );

    // The responses fill all buffers. Then the server stops reading, and at last it disconnects.
    let sending = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    let ended = tokio::time::timeout(Duration::from_secs(60), sending).await;

    assert!(ended.is_ok(), "the connection is held open");
    assert_others_are_served(&door).await;
    door.close().await;
}

#[tokio::test]
async fn a_preface_sent_in_pieces_begins_http_2() {
    let door = door().await;
    let mut stream = connect(&door).await;

    // The preface, and an empty SETTINGS frame.
    for piece in [
        &b"PRI * HT"[..],
        b"TP/2.0\r\n\r\nSM",
        b"\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();

    assert_eq!(
        head[3], 4,
        "the answer begins with a SETTINGS frame: {head:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_disturbs_no_other() {
    let door = door().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wait = format!("wait {}", listener.local_addr().unwrap());
    let length = wait.len();
    let request =
        format!("POST /trials HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{wait}");

    for _ in 0..20 {
        let mut stream = connect(&door).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        drop(stream);
    }

    assert_others_are_served(&door).await;
    let missing = call(Method::GET, format!("{}/pets", door.url()), None, "").await;
    assert_eq!(missing.status, 404);
    // The functions end their waiting.
    drop(listener);
    door.close().await;
}

/// Sends a head of a request with a long body, and returns the response that comes before the body.
async fn response_to_head(door: &Server, head: &str) -> String {
    let mut stream = connect(door).await;
    let length = "content-length: 9900000\r\n\r\n";
    stream
        .write_all(format!("{head} HTTP/1.1\r\nhost: a\r\n{length}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    while !answer.contains("\r\n\r\n") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.unwrap();
        assert_ne!(read, 0, "{head}: {answer}");
        answer.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    answer
}

#[tokio::test]
async fn a_refusal_does_not_wait_for_the_body() {
    let door = door().await;

    for (head, status) in [
        ("PUT /notes/1", "401"),
        ("PUT /unknown", "404"),
        ("PUT /%zz", "400"),
    ] {
        let answer = response_to_head(&door, head).await;

        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    door.close().await;
}

#[tokio::test]
async fn the_body_is_requested_only_after_authorization() {
    let door = door().await;
    let expect = "\r\nexpect: 100-continue\r\nconnection: close";
    let head =
        |path: &str| format!("{path} HTTP/1.1\r\nhost: a{expect}\r\ncontent-length: 4\r\n\r\n");

    let refused = send(&door, head("PUT /notes/1").as_bytes()).await;
    let accepted = send(&door, (head("POST /trials") + "echo").as_bytes()).await;

    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert!(
        accepted.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "),
        "{accepted}"
    );
    door.close().await;
}

#[tokio::test]
async fn a_client_that_sends_everything_first_gets_its_refusal() {
    let door = door().await;
    let head = "PUT /notes/1 HTTP/1.1\r\nhost: a\r\ncontent-length: 9900000\r\n\r\n";
    let next = "GET /unknown HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let all = [head.as_bytes(), &vec![b'x'; 9_900_000], next.as_bytes()].concat();

    let answer = send(&door, &all).await;

    let statuses: Vec<&str> = answer
        .match_indices("HTTP/1.1 ")
        .map(|(at, text)| &answer[at + text.len()..][..3])
        .collect();
    assert_eq!(statuses, ["401", "404"], "{answer}");
    door.close().await;
}
