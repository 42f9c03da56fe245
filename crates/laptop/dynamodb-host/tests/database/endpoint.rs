//! The endpoint as other programs and web pages on this machine can reach it.

use dynamodb_host::{DynamoDb, FaultSettings};

use crate::support::{Response, send, start};

/// The headers of a signed request.
fn signed(access_key_id: &str) -> [(&'static str, String); 3] {
    [
        ("x-amz-target", "DynamoDB_20120810.ListTables".to_owned()),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        (
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={access_key_id}/20261125/eu-central-1/dynamodb/\
                 aws4_request, SignedHeaders=host, Signature=0"
            ),
        ),
    ]
}

async fn list_tables(db: &DynamoDb, access_key_id: &str, further: &[(&str, &str)]) -> Response {
    let signed = signed(access_key_id);
    let mut headers: Vec<_> = signed
        .iter()
        .map(|(n, value)| (*n, value.as_str()))
        .collect();
    headers.extend(further);
    send(db, "POST", "/", &headers, "{}").await
}

#[tokio::test]
async fn every_call_needs_credentials_that_were_issued() {
    let db = start().await;

    for access_key_id in ["", "AKIDEXAMPLE", &db.owner().secret_access_key] {
        let refused = list_tables(&db, access_key_id, &[]).await;
        let refusal = refused.json();
        assert_eq!(refused.status, 400, "{access_key_id}: {refusal}");
        assert_eq!(
            refusal["__type"], "com.amazon.coral.service#UnrecognizedClientException",
            "{access_key_id}"
        );
    }
    let target = ("x-amz-target", "DynamoDB_20120810.ListTables");
    let unsigned = send(&db, "POST", "/", &[target], "{}").await;
    assert_eq!(
        unsigned.json()["__type"],
        "com.amazon.coral.service#MissingAuthenticationTokenException"
    );
}

#[tokio::test]
async fn a_foreign_host_or_a_browser_is_refused() {
    let db = start().await;
    let key = db.owner().access_key_id;
    let address = db.endpoint().strip_prefix("http://").unwrap().to_owned();
    let port = address.rsplit(':').next().unwrap();

    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1"] {
        let refused = list_tables(&db, &key, &[("host", host)]).await;
        assert_eq!(refused.status, 403, "{host}: {}", refused.body);
    }
    for header in [
        ("origin", "http://evil.example"),
        ("origin", db.endpoint()),
        ("sec-fetch-site", "cross-site"),
    ] {
        let refused = list_tables(&db, &key, &[header]).await;
        assert_eq!(refused.status, 403, "{header:?}: {}", refused.body);
    }
    let local = list_tables(&db, &key, &[("host", &format!("localhost:{port}"))]).await;
    assert_eq!(local.status, 200, "{}", local.body);
}

#[tokio::test]
async fn a_web_page_cannot_change_faults() {
    let db = start().await;
    let bearer = format!("Bearer {}", db.fault_token());
    let settings = r#"{"error":1}"#;

    for header in [
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
        ("sec-fetch-mode", "cors"),
    ] {
        let headers = [("authorization", bearer.as_str()), header];
        let refused = send(&db, "PUT", "/_faults", &headers, settings).await;
        assert_eq!(refused.status, 403, "{header:?}: {}", refused.body);
    }
    assert_eq!(db.faults().settings(), FaultSettings::default());
}

#[tokio::test]
async fn no_response_allows_another_origin() {
    let db = start().await;
    let key = db.owner().access_key_id;

    let responses = [
        list_tables(&db, &key, &[]).await,
        list_tables(&db, &key, &[("origin", "http://evil.example")]).await,
        list_tables(&db, "", &[]).await,
        send(
            &db,
            "OPTIONS",
            "/",
            &[("origin", "http://evil.example")],
            "",
        )
        .await,
        send(&db, "OPTIONS", "/", &[], "").await,
        send(&db, "GET", "/", &[], "").await,
        send(&db, "GET", "/_faults", &[], "").await,
    ];

    for response in responses {
        let allowed = response.headers.get("access-control-allow-origin");
        assert_eq!(allowed, None, "{}: {}", response.status, response.body);
    }
}

#[tokio::test]
async fn responses_have_dynamodbs_headers() {
    let db = start().await;

    let response = list_tables(&db, &db.owner().access_key_id, &[]).await;

    let header = |name: &str| response.headers[name].to_str().unwrap();
    assert_eq!(response.body, r#"{"TableNames":["notes","pages"]}"#);
    assert_eq!(header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(
        header("x-amz-crc32"),
        crc32fast::hash(response.body.as_bytes()).to_string()
    );
    let id = header("x-amzn-requestid");
    let is_valid = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    assert!(id.len() == 52 && id.chars().all(is_valid), "{id}");
}
