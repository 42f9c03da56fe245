//! Section 2: the event of payload format 2.0.

use gateway::{HttpApi, Outcome};
use serde_json::{Value, json};

use crate::fixture::{Request, With, api, event, get, header, invoked, now, request};

fn everything() -> HttpApi {
    api(&["$default"])
}

#[track_caller]
fn of(request: Request) -> Value {
    event(&everything(), &request)
}

fn names(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

// Fact 2.1.
#[test]
fn empty_fields_are_absent() {
    let event = of(get("/things"));

    assert_eq!(
        names(&event),
        [
            "headers",
            "isBase64Encoded",
            "rawPath",
            "rawQueryString",
            "requestContext",
            "routeKey",
            "version"
        ]
    );
    assert_eq!(
        names(&event["requestContext"]),
        [
            "accountId",
            "apiId",
            "domainName",
            "domainPrefix",
            "http",
            "requestId",
            "routeKey",
            "stage",
            "time",
            "timeEpoch"
        ]
    );
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["isBase64Encoded"], false);
}

// Fact 2.1.
#[test]
fn other_fields_are_present() {
    let api = api(&["POST /things/{id}"]);
    let request = request("POST", "/things/7?a=1")
        .with("cookie", "a=1")
        .with("content-type", "application/json")
        .body("{}");

    let event = event(&api, &request);

    assert_eq!(event["cookies"], json!(["a=1"]));
    assert_eq!(event["queryStringParameters"], json!({"a": "1"}));
    assert_eq!(event["pathParameters"], json!({"id": "7"}));
    assert_eq!(event["body"], "{}");
}

// Fact 2.1.
#[test]
fn the_request_context_is_complete() {
    let api = api(&["GET /things"]);

    let event = event(&api, &get("/things").with("user-agent", "curl/8.7.1"));

    assert_eq!(
        event["requestContext"],
        json!({
            "accountId": "000000000000",
            "apiId": "colonnade0",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "GET",
                "path": "/things",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "curl/8.7.1"
            },
            "requestId": event["requestContext"]["requestId"],
            "routeKey": "GET /things",
            "stage": "$default",
            "time": "10/Jul/2026:19:19:05 +0000",
            "timeEpoch": 1_783_711_145_123_i64
        })
    );
}

// Fact 2.1.
#[test]
fn a_missing_user_agent_is_an_empty_string() {
    assert_eq!(of(get("/"))["requestContext"]["http"]["userAgent"], "");
}

// Fact 2.1.
#[test]
fn an_ipv6_peer_has_no_brackets_and_no_port() {
    let mut request = get("/");
    request.source_ip = "2001:db8::7".parse().unwrap();

    assert_eq!(
        of(request)["requestContext"]["http"]["sourceIp"],
        "2001:db8::7"
    );
}

// Fact 2.1.
#[test]
fn the_request_id_has_fifteen_characters_and_an_equals_sign() {
    let api = everything();
    let request = get("/");

    let invocation = invoked(&api, &request);
    let response = api
        .answer(&invocation, &request, Outcome::FunctionError)
        .response;

    let id = &invocation.request_id;
    assert_eq!(id.len(), 16, "{id}");
    let (characters, end) = id.split_at(15);
    assert!(
        characters
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "{id}"
    );
    assert_eq!(end, "=");
    assert_eq!(of(request)["requestContext"]["requestId"], id.as_str());
    assert_eq!(header(&response, "apigw-requestid"), [id]);
}

// Fact 2.2.1.
#[test]
fn names_are_in_lower_case() {
    let event = of(get("/").with("X-CuStOm", "Value"));

    assert_eq!(event["headers"]["x-custom"], "Value");
}

// Fact 2.2.2.
#[test]
fn repeated_headers_are_joined_without_a_space() {
    let event = of(get("/")
        .with("x-many", "first")
        .with("x-many", "second")
        .with("x-one", "a, b"));

    assert_eq!(event["headers"]["x-many"], "first,second");
    assert_eq!(event["headers"]["x-one"], "a, b");
}

// Fact 2.2.3.
#[test]
fn cookies_are_only_in_the_array() {
    let event = of(get("/")
        .with("cookie", "a=1; b=2;c=\"3; \"")
        .with("cookie", "d=4"));

    assert_eq!(
        event["cookies"],
        json!(["a=1", "b=2", "c=\"3", "\"", "d=4"])
    );
    assert_eq!(event["headers"].get("cookie"), None);
}

// Fact 2.2.3.
#[test]
fn an_empty_cookie_header_gives_no_cookies() {
    assert_eq!(of(get("/").with("cookie", " ; ;")).get("cookies"), None);
}

// Fact 2.2.4.
#[test]
fn the_gateway_adds_its_headers() {
    let headers = of(get("/"))["headers"].take();

    assert_eq!(
        names(&headers),
        [
            "content-length",
            "host",
            "x-amzn-trace-id",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-proto"
        ]
    );
    assert_eq!(headers["content-length"], "0");
    assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
    assert_eq!(headers["x-forwarded-port"], "443");
    assert_eq!(headers["x-forwarded-proto"], "https");
    assert_eq!(headers["host"], "api.example.com:3000");
}

// Fact 2.2.4.
#[test]
fn the_trace_begins_with_the_second_of_the_request() {
    let invocation = invoked(&everything(), &get("/"));

    let trace = &invocation.trace_id;
    let seconds = format!("Root=1-{:08x}-", now().as_second());
    assert!(trace.starts_with(&seconds), "{trace}");
    assert_eq!(trace.len(), "Root=1-12345678-".len() + 24, "{trace}");
    assert_eq!(of(get("/"))["headers"]["x-amzn-trace-id"], trace.as_str());
}

// Fact 2.2.4.
#[test]
fn the_trace_of_the_client_is_continued() {
    let root = "Root=1-67fd8937-6cd643e155b4258a556982c5";
    let sent = format!("Self=1-2-3;{root};Parent=1;Sampled=1");

    assert_eq!(
        of(get("/").with("x-amzn-trace-id", &sent))["headers"]["x-amzn-trace-id"],
        root
    );
    for bad in [
        "Root=1-2-3",
        "Root=",
        "nonsense",
        "Root=1-67fd8937-6cd643e155b4258a556982c5-9",
    ] {
        let trace = of(get("/").with("x-amzn-trace-id", bad))["headers"]["x-amzn-trace-id"].take();
        assert_ne!(trace, bad);
    }
}

// Fact 2.2.6.
#[test]
fn the_peer_is_added_to_the_addresses_a_client_sends() {
    let event = of(get("/").with("x-forwarded-for", "203.0.113.1"));

    assert_eq!(
        event["headers"]["x-forwarded-for"],
        "203.0.113.1, 192.0.2.7"
    );
}

// Fact 2.2.7.
#[test]
fn headers_of_the_connection_are_not_in_the_event() {
    let mut request = get("/");
    for name in [
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        request = request.with(name, "x");
    }

    assert_eq!(
        names(&of(request)["headers"]),
        names(&of(get("/"))["headers"])
    );
}

// Fact 2.2.8.
#[test]
fn the_authorization_header_reaches_the_function() {
    let event = of(get("/").with("authorization", "Bearer abc"));

    assert_eq!(event["headers"]["authorization"], "Bearer abc");
}

// Fact 2.2.9.
#[test]
fn no_content_type_is_invented() {
    let event = of(request("POST", "/").body("abc"));

    assert_eq!(event["headers"].get("content-type"), None);
    assert_eq!(event["headers"]["content-length"], "3");
}

#[test]
fn the_raw_query_is_untouched_and_only_the_map_decoded() {
    let sent = "b=%20x+y&a=1&repeat=one&repeat=two&empty=&flag&%C3%A9=%26&A=2&plus=%2B";
    let event = of(get(&format!("/?{sent}")));

    assert_eq!(event["rawQueryString"], sent);
    assert_eq!(
        event["queryStringParameters"],
        json!({
            "b": " x y",
            "a": "1",
            "repeat": "one,two",
            "empty": "",
            "flag": "",
            "é": "&",
            "A": "2",
            "plus": "+"
        })
    );
}

#[test]
fn odd_queries_are_accepted() {
    for (sent, expected) in [
        ("a=%zz&b=%", json!({"a": "%zz", "b": "%"})),
        ("a=%FF", json!({"a": "\u{fffd}"})),
        ("a=b=c", json!({"a": "b=c"})),
        ("=x", json!({"": "x"})),
        ("a?b=c", json!({"a?b": "c"})),
    ] {
        let event = of(get(&format!("/?{sent}")));
        assert_eq!(event["rawQueryString"], sent);
        assert_eq!(event["queryStringParameters"], expected, "{sent}");
    }
    for sent in ["", "&", "&&"] {
        let event = of(get(&format!("/?{sent}")));
        assert_eq!(event["rawQueryString"], sent);
        assert_eq!(event.get("queryStringParameters"), None, "{sent}");
    }
}
