//! Which signatures are accepted.

use super::*;

// Fact 6.3.
#[test]
fn signatures_in_header_and_query_are_accepted() {
    for signed in signed().requests {
        let api = api_for(principal(signed.session_token.as_deref(), &["*"]));

        let decision = decide(&api, &signed.request());

        assert!(decision.is_ok(), "{}: {decision:?}", signed.name);
    }
}

// Fact 6.3.
#[test]
fn a_change_after_signing_is_refused() {
    type Change = fn(&mut Request);
    let changes: [(&str, Change); 7] = [
        ("method", |request| request.method = http::Method::PUT),
        ("path", |request| {
            request.target = target(request, "/things", "/thing")
        }),
        ("query", |request| {
            let longer = format!("{}&more=1", String::from_utf8_lossy(&request.target));
            request.target = Bytes::from(longer.replacen("things&", "things?", 1));
        }),
        ("body", |request| request.body = Bytes::from("changed")),
        ("host", |request| {
            request
                .headers
                .insert("host", HeaderValue::from_static("evil.example.com"));
        }),
        ("date", |request| {
            let later = HeaderValue::from_static("20260710T191906Z");
            request.headers.insert("x-amz-date", later);
            request.target = target(request, "20260710T191905Z", "20260710T191906Z");
        }),
        ("signature", |request| {
            if let Some(value) = request.headers.get("authorization") {
                let text = value.to_str().unwrap().to_owned() + "0";
                let longer = HeaderValue::from_str(&text).unwrap();
                request.headers.insert("authorization", longer);
            }
            let signature = "X-Amz-Signature=";
            request.target = target(request, signature, &format!("{signature}0"));
        }),
    ];

    for signed in signed().requests {
        let api = api_for(principal(signed.session_token.as_deref(), &["*"]));
        for (what, change) in changes {
            let mut request = signed.request();
            change(&mut request);
            let decision = decide(&api, &request);
            assert!(decision.is_err(), "{}, {what} changed", signed.name);
        }
    }
}

// Fact 6.3.
#[test]
fn a_signed_header_that_changes_is_refused_and_an_unsigned_one_is_not() {
    let signed = case("a POST with a body and a content type");
    let mut changed = signed.request();
    let mut added = signed.request();
    changed
        .headers
        .insert("content-type", HeaderValue::from_static("text/plain"));
    added
        .headers
        .insert("x-added-on-the-way", HeaderValue::from_static("1"));

    assert!(decide(&api(), &changed).is_err());
    assert!(decide(&api(), &added).is_ok());
}

// Fact 6.4.
#[test]
fn the_date_may_differ_by_five_minutes() {
    let request = case("a plain GET").request();
    let at = signed().at();
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let second = Duration::from_secs(1);

    assert!(decide_at(&api(), &request, at + minutes(5)).is_ok());
    assert!(decide_at(&api(), &request, at - minutes(5)).is_ok());
    assert!(decide_at(&api(), &request, at + minutes(5) + second).is_err());
    assert!(decide_at(&api(), &request, at - minutes(5) - second).is_err());
}

// Fact 6.4.
#[test]
fn a_presigned_url_is_good_until_it_expires() {
    let request = case("a presigned URL").request();
    let at = signed().at();

    assert!(decide_at(&api(), &request, at + Duration::from_secs(900)).is_ok());
    assert!(decide_at(&api(), &request, at + Duration::from_secs(901)).is_err());
    assert!(decide_at(&api(), &request, at - Duration::from_secs(301)).is_err());
}

// Fact 6.3.
#[test]
fn region_and_service_are_those_of_the_api() {
    for other in [
        "us-east-1/lambda/",
        "eu-west-1/execute-api/",
        "eu-west-1/lambda/",
    ] {
        let mut request = case("a plain GET").request();
        let text = request.headers["authorization"].to_str().unwrap();
        let text = text.replace("us-east-1/execute-api/", other);
        let value = HeaderValue::from_str(&text).unwrap();
        request.headers.insert("authorization", value);

        let reason = decide(&api(), &request).unwrap_err();

        assert!(reason.contains(other.trim_end_matches('/')), "{reason}");
    }
}

// Fact 6.5.
#[test]
fn a_refusal_is_a_403_and_the_log_has_the_reason() {
    let unsigned = get("/things");
    let with = |value: &'static str| {
        let mut request = get("/things");
        request
            .headers
            .insert("authorization", HeaderValue::from_static(value));
        request
    };

    for (request, part) in [
        (unsigned, "is not signed"),
        (with("Bearer abc"), "is not signed"),
        (with("AWS4-HMAC-SHA256"), "is not signed"),
        (
            with("AWS4-HMAC-SHA256 "),
            "Credential of the signature is missing or invalid",
        ),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"),
            "Credential of the signature is missing or invalid",
        ),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=0"),
            "SignedHeaders of the signature is missing or invalid",
        ),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host"),
            "Signature of the signature is missing or invalid",
        ),
        (
            with(
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=0",
            ),
            "X-Amz-Date of the signature is missing or invalid",
        ),
        (
            get("/things?X-Amz-Algorithm=none"),
            "X-Amz-Algorithm of the signature is missing or invalid",
        ),
        (
            get("/things?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604801"),
            "X-Amz-Expires of the signature is missing or invalid",
        ),
        (
            get("/things?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-1"),
            "X-Amz-Expires of the signature is missing or invalid",
        ),
    ] {
        let reason = decide(&api(), &request).unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }
}

// Fact 6.1.
#[test]
fn an_unknown_key_and_a_wrong_secret_are_refused() {
    let request = case("a plain GET").request();
    let mut stranger = principal(None, &["*"]);
    stranger.access_key_id = "AKIDOTHER".to_owned();
    let mut wrong_secret = principal(None, &["*"]);
    wrong_secret.secret_access_key.push('x');

    assert!(
        decide(&api_for(stranger), &request)
            .unwrap_err()
            .contains("unknown")
    );
    assert!(
        decide(&api_for(wrong_secret), &request)
            .unwrap_err()
            .contains("does not match")
    );
}

// Fact 6.1.
#[test]
fn a_session_token_must_be_the_principals() {
    let temporary = case("temporary credentials").request();
    let lasting = case("a plain GET").request();
    let with_token = api_for(principal(Some("a-session-token//=="), &["*"]));

    assert!(
        decide(&api(), &temporary)
            .unwrap_err()
            .contains("session token")
    );
    assert!(
        decide(&with_token, &lasting)
            .unwrap_err()
            .contains("session token")
    );
}

// Fact 6.3 both.
#[test]
fn a_signature_in_header_and_query_is_refused() {
    let plain = case("a plain GET").request();
    let authorization = plain.headers["authorization"].to_str().unwrap();
    let both = case("a presigned URL").request();
    let both = both.with("authorization", authorization);
    let bearer = case("a presigned URL").request();
    let bearer = bearer.with("authorization", "Bearer abc");

    assert!(
        decide(&api(), &both)
            .unwrap_err()
            .contains("and in the query")
    );
    assert!(decide(&api(), &bearer).is_ok());
}

// Fact 6.3 plus.
#[test]
fn a_plus_sign_in_a_signed_query_is_not_a_space() {
    let mut request = case("a query out of order, with a space, a plus and an escape").request();
    request.target = target(&request, "%20", "+");

    let reason = decide(&api(), &request).unwrap_err();

    assert!(reason.contains("does not match"), "{reason}");
}

// Fact 6.1.
#[test]
fn a_principal_with_an_empty_secret_is_refused() {
    let mut principal = principal(None, &["*"]);
    principal.secret_access_key.clear();

    let error = HttpApi::new(Configuration {
        principals: vec![principal],
        ..Configuration::default()
    });

    assert!(matches!(error, Err(ConfigurationError::NoSecret(_))));
}

// Fact 6.3 body.
#[test]
fn the_body_is_read_only_for_a_known_principal() {
    let stranger = api_for(principal(None, &[]));
    let request = case("a POST with a body and a content type").request();
    let reads = |api: &HttpApi| {
        let decision = api.receive(&request, signed().at());
        matches!(decision, gateway::Decision::Body(_))
    };

    assert!(!reads(&stranger));
    assert!(reads(&api()));
}
