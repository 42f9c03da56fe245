//! A function without a runtime: it speaks the Runtime API by hand, to say what no runtime would.

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
                    "POST /2018-06-01/runtime/{answer} HTTP/1.1\r\nHost: l\r\nContent-Length: 99\r\n\r\n"
                );
                stream
                    .write_all(head.as_bytes())
                    .expect("the Runtime API listens");
                stream.write_all(b"half").expect("the Runtime API listens");
                stream
                    .shutdown(Shutdown::Write)
                    .expect("the connection stands");
                // Its end says that the breaking off was noticed.
                let _ = stream.read_to_end(&mut Vec::new());
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

fn connect() -> TcpStream {
    let address = env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda says where its Runtime API is");
    TcpStream::connect(address).unwrap_or_else(|_| std::process::exit(1))
}

fn call(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    send(
        method,
        path,
        &format!("{headers}Content-Length: {}\r\n", body.len()),
        body,
    )
}

/// One request on a connection of its own.
fn send(method: &str, path: &str, headers: &str, body: &str) -> Reply {
    let stream = connect();
    let head =
        format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: l\r\n{headers}\r\n{body}");
    (&stream)
        .write_all(head.as_bytes())
        .unwrap_or_else(|_| std::process::exit(1));
    let mut reader = BufReader::new(&stream);
    let mut head = String::new();
    loop {
        let before = head.len();
        // The host's end is this process's end.
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
