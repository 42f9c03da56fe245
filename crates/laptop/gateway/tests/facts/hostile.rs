//! Hostile requests are answered, in a time that is linear in their size.

use std::time::{Duration, Instant};

use gateway::{Access, Configuration, Cors, HttpApi, JwtAuthorizer, Principal};
use serde_json::json;

use crate::fixture::{
    Decision, Request, With, api, event, get, guarded, now, receive, request, served_by,
};

/// Much longer than linear time takes, and much shorter than quadratic time.
const PATIENCE: Duration = Duration::from_secs(60);

/// An API with tokens, signatures, CORS and three hundred routes.
fn full() -> HttpApi {
    let principal: Principal = serde_json::from_value(json!({
        "access-key-id": "AKID",
        "secret-access-key": "secret",
        "arn": "arn:aws:iam::123456789012:user/ann",
        "allow": ["*"]
    }))
    .unwrap();
    let mut routes = vec![
        guarded("GET /token/{rest+}", Access::Token { scopes: vec![] }),
        guarded("GET /iam/{rest+}", Access::Iam),
    ];
    routes.extend((0..298).map(|n| crate::fixture::route(&format!("GET /{n}/{{a}}/{{rest+}}"))));
    HttpApi::new(Configuration {
        routes,
        principals: vec![principal],
        jwt: Some(JwtAuthorizer {
            issuer: "https://issuer.example.com".to_owned(),
            audience: vec!["a".to_owned()],
        }),
        cors: Some(Cors {
            origins: vec!["*".to_owned()],
            ..Cors::default()
        }),
        ..Configuration::default()
    })
    .unwrap()
}

/// A small generator of pseudo-random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

#[test]
fn a_path_of_many_segments_takes_linear_time() {
    let api = full();
    for target in [
        "/a".repeat(5_000),
        "/".repeat(10_000),
        "/a/..".repeat(500_000),
    ] {
        let begun = Instant::now();
        receive(&api, &get(&target), now());
        assert!(begun.elapsed() < PATIENCE, "{}", &target[..6]);
    }
}

#[test]
fn many_cookies_and_parameters_take_linear_time() {
    let api = api(&["$default"]);
    let request = get(&format!("/?{}", "a=b&".repeat(1_200))).with("cookie", &"a=b;".repeat(1_200));

    let begun = Instant::now();
    receive(&api, &request, now());

    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn a_token_of_many_dots_is_refused() {
    let request = get("/token/x").with("authorization", &".".repeat(9_000));

    assert_eq!(served_by(&full(), &request), "401");
}

#[test]
fn a_target_that_is_not_utf_8_is_a_400() {
    let api = api(&["$default"]);
    for target in [&b"/\xff"[..], b"/a?b=\xff", b"/%ff", b"/%c3%28"] {
        let mut request = get("/");
        request.target = target.to_vec().into();
        assert_eq!(served_by(&api, &request), "400", "{target:?}");
    }
}

#[test]
fn a_header_that_is_not_utf_8_is_latin_1() {
    let event = event(
        &api(&["$default"]),
        &get("/").with_bytes("x-name", b"J\xf6rg"),
    );

    assert_eq!(event["headers"]["x-name"], "Jörg");
}

#[test]
fn utf_8_in_a_header_and_in_a_target_is_kept() {
    let event = event(&api(&["$default"]), &get("/ö?q=ö").with("x-name", "Jörg"));

    assert_eq!(event["headers"]["x-name"], "Jörg");
    assert_eq!(event["rawPath"], "/ö");
    assert_eq!(event["rawQueryString"], "q=ö");
}

#[test]
fn odd_headers_give_a_valid_event_or_a_refusal() {
    let api = full();
    for (name, value) in [
        ("host", &b"\xff"[..]),
        ("host", b":::"),
        ("content-type", b"\xff"),
        ("content-type", b";;;=;"),
        ("cookie", b"\xff;\xfe"),
        ("authorization", b"\xff"),
        ("authorization", b"AWS4-HMAC-SHA256 \xff"),
        ("origin", b"\xff"),
        ("x-amzn-trace-id", b"Root=\xff"),
        ("x-forwarded-for", b"\xff"),
    ] {
        for target in ["/1/a/b", "/token/a", "/iam/a", "/none"] {
            let request = get(target).with_bytes(name, value);
            if let Decision::Invoke(invocation) = receive(&api, &request, now()) {
                let event: Result<serde_json::Value, _> =
                    serde_json::from_slice(&invocation.payload);
                assert!(event.is_ok(), "{name}: {value:?}");
            }
        }
    }
}

#[test]
fn a_thousand_random_requests_are_each_decided() {
    let api = full();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let pieces: [&[u8]; 16] = [
        b"/",
        b"..",
        b".",
        b"%2f",
        b"%25",
        b"%",
        b"?",
        b"%3f",
        b"&",
        b"=",
        b"+",
        b"\xff",
        b"token",
        b"iam",
        b"1",
        b"X-Amz-Algorithm=AWS4-HMAC-SHA256&",
    ];
    for _ in 0..1_000 {
        let mut target = b"/".to_vec();
        for _ in 0..dice.roll(12) {
            target.extend_from_slice(pieces[dice.roll(pieces.len())]);
        }
        let mut request = request(["GET", "POST", "OPTIONS", "X"][dice.roll(4)], "/");
        request.target = target.clone().into();
        let value = pieces[dice.roll(pieces.len())];
        request = request
            .with_bytes("authorization", value)
            .with_bytes("origin", value)
            .with("access-control-request-method", "GET");
        let first = decided(&api, &request);
        assert_eq!(first, decided(&api, &request), "{target:?}");
    }
}

#[test]
fn an_odd_signature_is_a_403_or_a_400() {
    let api = full();
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let pieces = [
        "/",
        "//",
        "%2f",
        "%zz",
        "?",
        "&",
        "=",
        "+",
        "#",
        "é",
        "\u{7f}",
        " ",
        "\"",
        "{",
        "X-Amz-Date=1",
    ];
    let names = [
        "host",
        "x-amz-date",
        "",
        "a b",
        "é",
        "x-note",
        "connection",
        "HOST",
    ];
    for _ in 0..1_000 {
        let mut target = "/iam/a".to_owned();
        for _ in 0..dice.roll(8) {
            target.push_str(pieces[dice.roll(pieces.len())]);
        }
        let signed: Vec<&str> = (0..dice.roll(6))
            .map(|_| names[dice.roll(names.len())])
            .collect();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20260710/us-east-1/execute-api/aws4_request, \
             SignedHeaders={}, Signature=00",
            signed.join(";")
        );
        let request = get(&target)
            .with("authorization", &authorization)
            .with("x-amz-date", "20260710T191905Z")
            .with_bytes("x-note", b"\xff");

        let status = served_by(&api, &request);

        assert!(
            ["403", "400"].contains(&status.as_str()),
            "{target}: {status}"
        );
    }
}

fn decided(api: &HttpApi, request: &Request) -> String {
    match receive(api, request, now()) {
        Decision::Invoke(invocation) => String::from_utf8(invocation.payload.to_vec()).unwrap(),
        Decision::Answer(answer) => answer.response.status().to_string(),
        Decision::Fetch(document) => document.url().to_owned(),
        Decision::Authorize(call) => panic!("no such authorizer: {call:?}"),
    }
}
