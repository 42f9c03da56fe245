//! Section 3.5 of the REST facts: the JWT authorizer.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use gateway::{Api, Document, FetchError, Timestamp, limits};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Value, json};

use super::fixture::{open, with_routes};
use crate::{
    authorize_jwt::{authorizer, bearing, claims, provide, scoped, seconds, sign, sign_as, token},
    fixture::{Decision, Request, With, get, header, now, receive, text},
};

/// A key on P-256, made for these tests.
const P256_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg385Wc2Q1q6TW28r29nQboAi5nevA2m1Ca58EYR306m2hRANCAASw4844nBB0VkpBuRi0zhhAQBmV0HRVTgyH0y2B3kMqmL2qYSlioN9+Ot5ChKfA13pzE82vR3ejGmcki0HuqEcw";

fn api() -> Api {
    let mut configuration = with_routes(vec![
        scoped("GET /notes", &[]),
        scoped("GET /scoped", &["notes:read"]),
    ]);
    configuration.api.jwt = Some(authorizer());
    open(configuration)
}

fn decide(
    api: &Api,
    request: &Request,
    at: Timestamp,
    provide: impl Fn(&Document) -> Result<bytes::Bytes, FetchError>,
) -> Decision {
    for _ in 0..3 {
        match receive(api, request, at) {
            Decision::Fetch(document) => api.supply(&document, provide(&document), at),
            decision => return decision,
        }
    }
    panic!("fetched without end");
}

#[track_caller]
fn accepted(request: &Request) -> Value {
    match decide(&api(), request, now(), provide) {
        Decision::Invoke(invocation) => serde_json::from_slice(&invocation.payload).unwrap(),
        other => panic!("not accepted: {other:?}"),
    }
}

#[track_caller]
fn assert_refused(request: &Request, status: u16, error: &str, body: &str) {
    let Decision::Answer(answer) = decide(&api(), request, now(), provide) else {
        panic!("not refused");
    };
    assert_eq!(answer.response.status(), status);
    assert_eq!(header(&answer.response, "x-amzn-errortype"), [error]);
    assert_eq!(text(&answer.response), body);
    assert!(header(&answer.response, "www-authenticate").is_empty());
}

// Fact R3.19.
#[test]
fn claims_in_a_rest_event_keep_their_types() {
    let token = sign(&claims(
        json!({ "level": 7, "admin": true, "groups": ["a", "b"] }),
    ));

    let event = accepted(&bearing("/stage/notes", &token));

    let found = &event["requestContext"]["authorizer"]["claims"];
    assert_eq!(found["level"], 7);
    assert_eq!(found["admin"], true);
    assert_eq!(found["groups"], json!(["a", "b"]));
    assert_eq!(found["exp"], seconds() + 3600);
}

// Fact R3.21.
#[test]
fn a_missing_or_invalid_rest_token_is_a_401_without_challenge() {
    for request in [
        get("/stage/notes"),
        bearing("/stage/notes", "not-a-token"),
        bearing("/stage/notes", &sign(&claims(json!({ "exp": seconds() })))),
        bearing("/stage/notes", &sign(&claims(json!({ "aud": "other" })))),
    ] {
        assert_refused(
            &request,
            401,
            "UnauthorizedException",
            r#"{"message":"Unauthorized"}"#,
        );
    }
    accepted(&get("/stage/notes").with("authorization", &token()));
}

// Facts R3.18 and R3.21.
#[test]
fn a_rest_token_without_any_of_the_scopes_is_a_403() {
    assert_refused(
        &bearing("/stage/scoped", &token()),
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource"}"#,
    );
    for claim in ["scope", "scp"] {
        let token = sign(&claims(json!({ claim: "a notes:read" })));
        accepted(&bearing("/stage/scoped", &token));
    }
}

// Fact R3.17.
#[test]
fn a_client_id_is_no_audience_of_a_rest_api() {
    let token = sign(&claims(json!({ "aud": null, "client_id": "notes" })));

    assert_refused(
        &bearing("/stage/notes", &token),
        401,
        "UnauthorizedException",
        r#"{"message":"Unauthorized"}"#,
    );
}

// Fact R3.17.
#[test]
fn a_rest_api_accepts_elliptic_curves() {
    let key = EncodingKey::from_ec_der(&STANDARD.decode(P256_KEY).unwrap());
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
    jwk.common.key_id = Some("key-ec".to_owned());
    let keys = serde_json::to_vec(&JwkSet { keys: vec![jwk] }).unwrap();
    let provide = |document: &Document| {
        if document.url().ends_with("/keys") {
            Ok(keys.clone().into())
        } else {
            provide(document)
        }
    };
    let token = sign_as(Algorithm::ES256, Some("key-ec"), &key, &claims(json!({})));

    let decision = decide(&api(), &bearing("/stage/notes", &token), now(), provide);

    assert!(matches!(decision, Decision::Invoke(_)), "{decision:?}");
}

// Fact R3.20.
#[test]
fn rest_keys_are_kept_for_an_hour_and_fetched_for_an_unknown_one() {
    let api = api();
    let long = claims(json!({ "exp": seconds() + 90_000 }));
    let known = bearing("/stage/notes", &sign(&long));
    decide(&api, &known, now(), provide);
    let is_fetched = |request: &Request, after: Duration| {
        matches!(receive(&api, request, now() + after), Decision::Fetch(_))
    };

    assert!(!is_fetched(&known, Duration::from_secs(60 * 60 - 1)));
    assert!(is_fetched(&known, limits::REST_KEY_SET_AGE));
    let key = EncodingKey::from_ec_der(&STANDARD.decode(P256_KEY).unwrap());
    let unknown = sign_as(Algorithm::ES256, Some("key-2"), &key, &long);
    let unknown = bearing("/stage/notes", &unknown);
    assert!(!is_fetched(&unknown, Duration::from_secs(1)));
    assert!(is_fetched(&unknown, limits::FETCH_FAILURE_AGE));
}
