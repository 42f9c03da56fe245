//! Where a token is looked for, and the challenges of a 401 (section 4.1).

use super::*;

// Section 4.1 of docs/fidelity.md.
#[test]
fn no_token_is_a_plain_bearer() {
    for request in [
        get("/notes"),
        get("/notes").with("authorization", ""),
        get("/notes").with("authorization", "Bearer"),
        get("/notes").with("authorization", "Bearer   "),
    ] {
        let response = refused(&api(), &request);
        assert_eq!(response.status(), 401);
        assert_eq!(response.body().len(), 26);
        assert_eq!(header(&response, "www-authenticate"), ["Bearer"]);
        assert_eq!(header(&response, "content-type"), ["application/json"]);
    }
}

// Section 4.1 of docs/fidelity.md.
#[test]
fn captured_challenges() {
    let segments = "token contains an invalid number of segments";
    assert_invalid(&bearing("/notes", "not-a-token"), segments);
    assert_invalid(&bearing("/notes", "a.b"), segments);
    assert_invalid(&bearing("/notes", "a.b.c.d"), segments);
    assert_invalid(&get("/notes").with("authorization", "Basic YTpi"), segments);
    assert_invalid(
        &bearing("/notes", &sign(&claims(json!({"aud": "others"})))),
        "the token does not have a valid audience",
    );
    // Header {"alg":"ES256","kid":"key-1"}.
    assert_invalid(
        &bearing("/notes", "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtleS0xIn0.e30.AAAA"),
        "signing method ES256 is invalid",
    );
}

// Section 4.1 of docs/fidelity.md.
#[test]
fn discovery_and_key_set_failures_have_different_challenges() {
    let request = bearing("/notes", &token());
    let challenge = |api: &HttpApi| {
        let Decision::Answer(answer) = receive(api, &request, now()) else {
            panic!("not refused");
        };
        header(&answer.response, "www-authenticate")[0].to_owned()
    };
    let wanted = |api: &HttpApi| match receive(api, &request, now()) {
        Decision::Fetch(document) => document,
        other => panic!("nothing to fetch: {other:?}"),
    };
    let failures: [fn() -> Result<Bytes, FetchError>; 5] = [
        || Err(FetchError::TimedOut),
        || Err(FetchError::Status(http::StatusCode::NOT_FOUND)),
        || Ok("not json".into()),
        || Ok("{}".into()),
        || Ok(vec![b' '; limits::KEY_SET + 1].into()),
    ];

    for failure in failures {
        let api = api();
        api.supply(&wanted(&api), failure(), now());
        assert!(
            challenge(&api).ends_with(r#""OIDC discovery endpoint communication error""#),
            "{}",
            challenge(&api)
        );

        let api = self::api();
        let discovery = wanted(&api);
        api.supply(&discovery, provide(&discovery), now());
        api.supply(&wanted(&api), failure(), now());
        assert!(
            challenge(&api).ends_with(r#""JWKS communication error""#),
            "{}",
            challenge(&api)
        );
    }
}

// Fact 5.1.
#[test]
fn the_token_may_come_bare_or_after_bearer_in_any_case() {
    let token = token();
    for value in [
        token.clone(),
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER   {token} "),
    ] {
        accepted(&api(), &get("/notes").with("authorization", &value));
    }
}

#[test]
fn a_public_route_needs_no_token() {
    let api = HttpApi::new(Configuration {
        jwt: Some(authorizer()),
        ..configuration(&["GET /open"])
    })
    .unwrap();

    let event = accepted(&api, &get("/open"));

    assert_eq!(event["requestContext"].get("authorizer"), None);
}

#[test]
fn a_reason_for_the_log_is_in_the_words_of_the_access_log() {
    let reason = |request: &Request| match decide(&api(), request) {
        Decision::Answer(answer) => answer.reason.unwrap(),
        other => panic!("not refused: {other:?}"),
    };

    assert_eq!(reason(&get("/notes")), "missing: token not provided");
    assert_eq!(
        reason(&bearing("/notes", "x")),
        "invalid_token: token contains an invalid number of segments"
    );
}
