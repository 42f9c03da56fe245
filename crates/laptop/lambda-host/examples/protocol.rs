//! A function without a runtime: it calls the Runtime API directly, also in ways that no runtime does.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

fn main() {
    if env::var("INIT").as_deref() == Ok("report") {
        let error = r#"{"errorType":"Function.NoKennel","errorMessage":"the kennel is closed"}"#;
        call(
            "POST",
            "init/error",
            "Lambda-Runtime-Function-Error-Type: Function.NoKennel\r\n",
            error,
        );
        std::process::exit(1);
    }
    let mut heard = Vec::new();
    if env::var("INIT").as_deref() == Ok("extension") {
        heard = register_extensions();
    }
    loop {
        let request = call("GET", "invocation/next", "", "");
        let id = request.header("Lambda-Runtime-Aws-Request-Id");
        let answer = format!("invocation/{id}/response");
        match request.body.trim_matches('"') {
            "confuse" => {
                heard = vec![
                    call(
                        "POST",
                        "invocation/00000000-0000-0000-0000-000000000000/response",
                        "",
                        "1",
                    ),
                    call("POST", "invocation/what/error", "", "{}"),
                    call("GET", "invocation/next", "", ""),
                    call("POST", "init/error", "", "{}"),
                    call("GET", "invocation", "", ""),
                    call("PUT", "invocation/next", "", ""),
                    call("GET", "restore/next", "", ""),
                ];
                heard.push(call("POST", &answer, "", "\"confused\""));
                heard.push(call("POST", &answer, "", "\"again\""));
                heard.push(call("POST", "invocation/what/response", "", "1"));
            }
            "heard" => {
                let lines: Vec<String> = heard
                    .drain(..)
                    .map(|reply| format!("{} {}", reply.status, reply.body))
                    .collect();
                call("POST", &answer, "", &lines.join("\n"));
            }
            "headers" => {
                call("POST", &answer, "", &request.head);
            }
            "stream" => {
                let mode = "Lambda-Runtime-Function-Response-Mode: streaming\r\n\
                            Transfer-Encoding: chunked\r\n";
                heard.push(send(
                    "POST",
                    &answer,
                    mode,
                    "4\r\nwoof\r\n5\r\n meow\r\n0\r\n\r\n",
                ));
            }
            "stream-and-fail" => {
                let mode = "Lambda-Runtime-Function-Response-Mode: streaming\r\n\
                            Transfer-Encoding: chunked\r\n\
                            Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n";
                let body = "4\r\nwoof\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Bitten\r\n\
                            Lambda-Runtime-Function-Error-Body: eyJvdWNoIjp0cnVlfQ==\r\n\r\n";
                send("POST", &answer, mode, body);
            }
            "invalid-mode" => {
                let mode =
                    "Lambda-Runtime-Function-Response-Mode: telepathy\r\nContent-Length: 1\r\n";
                heard.push(send("POST", &answer, mode, "1"));
            }
            "truncate" => {
                let mut stream = connect();
                let head = format!(
                    "POST /2018-06-01/runtime/{answer} HTTP/1.1\r\nHost: {}\r\nContent-Length: 99\r\n\r\n",
                    address()
                );
                stream
                    .write_all(head.as_bytes())
                    .expect("the Runtime API listens");
                stream.write_all(b"half").expect("the Runtime API listens");
                stream
                    .shutdown(Shutdown::Write)
                    .expect("the connection stands");
                // The host closes the connection when it has noticed.
                let _ = stream.read_to_end(&mut Vec::new());
            }
            "foreign-heads" => {
                let own = address();
                for headers in [
                    "Host: rebound.example\r\n".to_owned(),
                    format!(
                        "Host: localhost:{}\r\n",
                        own.rsplit(':').next().unwrap_or_default()
                    ),
                    format!("Host: {own}\r\nOrigin: http://{own}\r\n"),
                    format!("Host: {own}\r\nSec-Fetch-Site: none\r\n"),
                ] {
                    heard.push(raw(&format!(
                        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n{headers}\r\n"
                    )));
                }
                call("POST", &answer, "", "\"sent\"");
            }
            "register-late" => {
                heard.push(register("late", r#"{"events":[]}"#));
                call("POST", &answer, "", "\"registered\"");
            }
            "exit-error" => {
                let id = heard[0].header("Lambda-Extension-Identifier");
                let headers = format!(
                    "Lambda-Extension-Identifier: {id}\r\n\
                     Lambda-Extension-Function-Error-Type: Extension.Broken\r\n"
                );
                heard.push(extension("POST", "exit/error", &headers, ""));
                call("POST", &answer, "", "\"still here\"");
            }
            "leave" => {
                call("POST", &answer, "", "\"bye\"");
                std::process::exit(0);
            }
            "dawdle" => {
                call("POST", &answer, "", "\"soon\"");
                std::thread::sleep(Duration::from_secs(60));
            }
            "fail" => {
                let header = "Lambda-Runtime-Function-Error-Type: Function.Bitten\r\n";
                call(
                    "POST",
                    &format!("invocation/{id}/error"),
                    header,
                    r#"{"errorType":"x"}"#,
                );
            }
            _ => {
                call("POST", &answer, "", &request.body);
            }
        }
    }
}

struct Reply {
    status: String,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        found.collect()
    }
}

/// Registers extensions in valid and invalid ways, and lets one of them print its events.
fn register_extensions() -> Vec<Reply> {
    let printer = register("printer", r#"{"events":["INVOKE"]}"#);
    let id = printer.header("Lambda-Extension-Identifier");
    let unknown =
        "Lambda-Extension-Identifier: 00000000-0000-0000-0000-000000000000\r\n".to_owned();
    let known = format!("Lambda-Extension-Identifier: {id}\r\n");
    let replies = vec![
        register("printer", r#"{"events":["INVOKE"]}"#),
        register("other", r#"{"events":["SHUTDOWN"]}"#),
        register("other", r#"{"events":["PAUSE"]}"#),
        register("other", "no JSON"),
        register("", r#"{"events":[]}"#),
        extension("GET", "event/next", "", ""),
        extension(
            "GET",
            "event/next",
            "Lambda-Extension-Identifier: 1\r\n",
            "",
        ),
        extension("GET", "event/next", &unknown, ""),
        extension("POST", "init/error", &known, ""),
    ];
    std::thread::spawn(move || {
        loop {
            let event = extension("GET", "event/next", &known, "");
            println!("{} {}", event.status, event.body);
        }
    });
    [printer].into_iter().chain(replies).collect()
}

fn register(name: &str, body: &str) -> Reply {
    let headers =
        format!("Lambda-Extension-Name: {name}\r\nLambda-Extension-Accept-Feature: accountId\r\n");
    extension("POST", "register", &headers, body)
}

fn extension(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    exchange(
        method,
        &format!("/2020-01-01/extension/{path}"),
        &headers,
        body,
    )
}

fn address() -> String {
    env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets the address of its Runtime API")
}

fn connect() -> TcpStream {
    TcpStream::connect(address()).unwrap_or_else(|_| std::process::exit(1))
}

fn call(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    send(
        method,
        path,
        &format!("{headers}Content-Length: {}\r\n", body.len()),
        body,
    )
}

fn send(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    exchange(
        method,
        &format!("/2018-06-01/runtime/{path}"),
        headers,
        body,
    )
}

fn exchange(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    raw(&format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n{body}",
        address()
    ))
}

/// Sends one request on a connection of its own.
fn raw(request: &str) -> Reply {
    let stream = connect();
    (&stream)
        .write_all(request.as_bytes())
        .unwrap_or_else(|_| std::process::exit(1));
    let mut reader = BufReader::new(&stream);
    let mut head = String::new();
    loop {
        let before = head.len();
        // This process ends when the host does.
        match reader.read_line(&mut head) {
            Ok(0) | Err(_) => std::process::exit(1),
            Ok(_) if head[before..].trim().is_empty() => break,
            Ok(_) => {}
        }
    }
    let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut reply = Reply {
        status,
        head,
        body: String::new(),
    };
    let length = reply.header("Content-Length").parse().unwrap_or(0);
    let mut bytes = vec![0; length];
    reader
        .read_exact(&mut bytes)
        .unwrap_or_else(|_| std::process::exit(1));
    reply.body = String::from_utf8_lossy(&bytes).into_owned();
    reply
}
