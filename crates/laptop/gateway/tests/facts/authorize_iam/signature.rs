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
fn whatever_is_changed_after_signing_is_refused() {
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
    let mut elsewhere = HttpApi::new(Configuration {
        region: "eu-west-1".to_owned(),
        ..api().configuration().clone()
    })
    .unwrap();
    let request = case("a plain GET").request();
    assert!(
        decide(&elsewhere, &request)
            .unwrap_err()
            .contains("us-east-1")
    );

    elsewhere = api();
    let mut other_service = case("a plain GET").request();
    let text = other_service.headers["authorization"].to_str().unwrap();
    let text = text.replace("execute-api", "lambda");
    other_service
        .headers
        .insert("authorization", HeaderValue::from_str(&text).unwrap());
    assert!(
        decide(&elsewhere, &other_service)
            .unwrap_err()
            .contains("lambda")
    );
}

// Fact 6.5.
#[test]
fn refusals_are_a_bare_403_and_the_log_knows_why() {
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
        (with("AWS4-HMAC-SHA256 "), "lacks Credential"),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"),
            "lacks Credential",
        ),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=0"),
            "lacks SignedHeaders",
        ),
        (
            with("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host"),
            "lacks Signature",
        ),
        (
            with(
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=0",
            ),
            "lacks X-Amz-Date",
        ),
        (get("/things?X-Amz-Algorithm=none"), "lacks X-Amz-Algorithm"),
        (
            get("/things?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604801"),
            "lacks X-Amz-Expires",
        ),
        (
            get("/things?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-1"),
            "lacks X-Amz-Expires",
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
