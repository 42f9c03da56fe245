//! Section 2.1 of the REST facts: the event of a function.

use gateway::{Api, Outcome};
use serde_json::{Value, json};

use super::fixture::{answer, api, configuration, event, open};
use crate::fixture::{With, get, header, invoked, request};

fn catch_all() -> Api {
    api(&["ANY /{proxy+}"])
}

// Facts R2.1, R2.2, R1.21.
#[test]
fn a_rest_event_has_the_captured_shape() {
    let api = api(&["POST /things/{id}"]);
    let request = request("POST", "/stage/things/12%203?repeat=one&repeat=two&empty=")
        .with("user-agent", "curl/8.7.1")
        .with("cookie", "session=abc123; theme=dark")
        .with("x-probe", "first")
        .with("x-probe", "second")
        .body("{\"m\":\"λ\"}");

    let invocation = invoked(&api, &request);
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();

    let trace = invocation.trace_id;
    assert_eq!(
        event,
        json!({
            "resource": "/things/{id}",
            "path": "/things/12%203",
            "httpMethod": "POST",
            "headers": {
                "Host": "api.example.com:3000",
                "User-Agent": "curl/8.7.1",
                "X-Amzn-Trace-Id": trace,
                "X-Forwarded-For": "192.0.2.7",
                "X-Forwarded-Port": "443",
                "X-Forwarded-Proto": "https",
                "cookie": "session=abc123; theme=dark",
                "x-probe": "second"
            },
            "multiValueHeaders": {
                "Host": ["api.example.com:3000"],
                "User-Agent": ["curl/8.7.1"],
                "X-Amzn-Trace-Id": [trace],
                "X-Forwarded-For": ["192.0.2.7"],
                "X-Forwarded-Port": ["443"],
                "X-Forwarded-Proto": ["https"],
                "cookie": ["session=abc123; theme=dark"],
                "x-probe": ["first", "second"]
            },
            "queryStringParameters": { "empty": "", "repeat": "two" },
            "multiValueQueryStringParameters": { "empty": [""], "repeat": ["one", "two"] },
            "pathParameters": { "id": "12%203" },
            "stageVariables": null,
            "requestContext": {
                "resourceId": event["requestContext"]["resourceId"],
                "resourcePath": "/things/{id}",
                "httpMethod": "POST",
                "extendedRequestId": "ASNFZ4mr7yNFZ4k=",
                "requestTime": "10/Jul/2026:19:19:05 +0000",
                "path": "/stage/things/12%203",
                "accountId": "000000000000",
                "protocol": "HTTP/1.1",
                "stage": "stage",
                "domainPrefix": "api",
                "requestTimeEpoch": 1_783_711_145_123_i64,
                "requestId": "01234567-89ab-4def-8123-456789abcdef",
                "identity": {
                    "cognitoIdentityPoolId": null,
                    "accountId": null,
                    "cognitoIdentityId": null,
                    "caller": null,
                    "sourceIp": "192.0.2.7",
                    "principalOrgId": null,
                    "accessKey": null,
                    "cognitoAuthenticationType": null,
                    "cognitoAuthenticationProvider": null,
                    "userArn": null,
                    "userAgent": "curl/8.7.1",
                    "user": null
                },
                "domainName": "api.example.com",
                "deploymentId": "local0",
                "apiId": "colonnade0"
            },
            "body": "{\"m\":\"λ\"}",
            "isBase64Encoded": false
        })
    );
}

// Fact R2.1.
#[test]
fn empty_fields_of_a_rest_event_are_null() {
    let event = event(&api(&["GET /"]), &get("/stage"));

    for field in [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ] {
        assert_eq!(event.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(event.as_object().unwrap().len(), 12);
    assert_eq!(event["requestContext"].get("authorizer"), None);
}

// Fact R1.15.
#[test]
fn a_rest_query_is_decoded_once_and_plus_is_a_space() {
    let target = "/stage/x?a=123456+00:00&email=test%2Balias&plus=test+alias&twice=%252B";

    let query = &event(&catch_all(), &get(target))["queryStringParameters"];

    let expected = json!({
        "a": "123456 00:00",
        "email": "test+alias",
        "plus": "test alias",
        "twice": "%2B",
    });
    assert_eq!(*query, expected);
}

// Facts R1.13 and R1.16.
#[test]
fn the_last_value_of_a_rest_parameter_counts_and_the_list_has_all() {
    let target = "/stage/x?category=electronics&category=books&price=10,20,30;page=2";

    let event = event(&catch_all(), &get(target));

    assert_eq!(
        event["queryStringParameters"],
        json!({ "category": "books", "page": "2", "price": "10,20,30" })
    );
    assert_eq!(
        event["multiValueQueryStringParameters"],
        json!({ "category": ["electronics", "books"], "page": ["2"], "price": ["10,20,30"] })
    );
}

// Facts R1.16, R2.3 and R2.6.
#[test]
fn the_last_value_of_a_rest_header_counts_and_the_list_has_all() {
    let request = get("/stage/x")
        .with("x-p", "first")
        .with("x-p", "second")
        .with("authorization", "Bearer x");

    let event = event(&catch_all(), &request);

    assert_eq!(event["headers"]["x-p"], "second");
    assert_eq!(
        event["multiValueHeaders"]["x-p"],
        json!(["first", "second"])
    );
    assert_eq!(event["headers"]["Authorization"], "Bearer x");
}

// Fact R2.5.
#[test]
fn headers_of_the_connection_are_not_in_a_rest_event() {
    let dropped = [
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    ];
    let kept = [
        "accept",
        "age",
        "content-type",
        "date",
        "pragma",
        "range",
        "referer",
        "via",
    ];
    let mut request = request("POST", "/stage/x").body("x");
    for name in dropped.iter().chain(&kept) {
        request = request.with(name, "1");
    }

    let event = event(&catch_all(), &request);

    let headers = event["multiValueHeaders"].as_object().unwrap();
    for name in dropped {
        assert!(!headers.contains_key(name), "{name}");
    }
    for name in kept {
        assert!(headers.contains_key(name), "{name}");
    }
    assert_eq!(event.get("version"), None);
}

// Fact R2.5.
#[test]
fn a_signature_is_not_in_a_rest_event() {
    let signed = get("/stage/x").with("authorization", "AWS4-HMAC-SHA256 Credential=a");

    assert_eq!(
        event(&catch_all(), &signed)["headers"].get("Authorization"),
        None
    );
}

// Fact R2.7.
#[test]
fn bodies_are_text_unless_their_type_is_binary() {
    let mut configuration = configuration(&["POST /x"]);
    configuration.binary_media_types = vec!["image/png".to_owned(), "application/*".to_owned()];
    let (plain, binary) = (api(&["POST /x"]), open(configuration));
    let body = |api, content_type| {
        let request = request("POST", "/stage/x");
        let event = event(api, &request.with("content-type", content_type).body("hi"));
        (event["body"].clone(), event["isBase64Encoded"].clone())
    };

    let text = (json!("hi"), json!(false));
    let base64 = (json!("aGk="), json!(true));
    assert_eq!(body(&plain, "image/png"), text);
    assert_eq!(body(&binary, "image/png"), base64);
    assert_eq!(body(&binary, "application/x; a=b"), base64);
    assert_eq!(body(&binary, "text/plain"), text);
}

// Fact R1.19.
#[test]
fn a_trace_that_the_client_began_is_continued() {
    let root = "Root=1-6a5145a8-536f3e792f6be9b44c1f46fa";
    let whole = format!("{root};Parent=53995c3f42cd8ad8;Sampled=1");
    let trace = |sent: &str| {
        let request = get("/stage/x").with("x-amzn-trace-id", sent);
        let output = Outcome::Payload("{}".into());
        header(&answer(&catch_all(), &request, output), "x-amzn-trace-id")[0].to_owned()
    };

    assert_eq!(trace(&whole), whole);
    let continued = trace(root);
    assert!(
        continued.starts_with(&format!("{root};Parent=")),
        "{continued}"
    );
    assert!(continued.ends_with(";Sampled=0"), "{continued}");
}
