//! Section 5: tokens. The keys are made here, the tokens signed with the library's own encoder.

use crate::fixture::{With, configuration, get, guarded, header, now, text};
use bytes::Bytes;
use gateway::{
    Authorization, Configuration, Decision, Document, FetchError, HttpApi, IdentitySource,
    JwtAuthorizer, PayloadFormat, Request, Response, Route, Switches, Timestamp, limits,
};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

const ISSUER: &str = "https://issuer.example.com";

static KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);
static OTHER_KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);

fn make_key() -> EncodingKey {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes())
}

/// The identity provider's key set, with the key under the id `key-1`.
fn key_set() -> Bytes {
    let mut jwk = Jwk::from_encoding_key(&KEY, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("key-1".to_owned());
    jwk.common.key_algorithm = None;
    serde_json::to_vec(&JwkSet { keys: vec![jwk] })
        .unwrap()
        .into()
}

/// What the identity provider answers.
fn provide(document: &Document) -> Result<Bytes, FetchError> {
    match document.url() {
        "https://issuer.example.com/.well-known/openid-configuration" => {
            Ok(r#"{"jwks_uri":"https://issuer.example.com/keys"}"#.into())
        }
        "https://issuer.example.com/keys" => Ok(key_set()),
        other => panic!("nobody should fetch {other}"),
    }
}

fn authorizer() -> JwtAuthorizer {
    JwtAuthorizer {
        issuer: ISSUER.to_owned(),
        audience: vec!["notes".to_owned(), "more".to_owned()],
        identity_source: IdentitySource::default(),
    }
}

fn scoped(key: &str, scopes: &[&str]) -> Route {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    guarded(key, Authorization::Jwt { scopes })
}

fn api_with(change: impl FnOnce(&mut Configuration)) -> HttpApi {
    let mut configuration = Configuration {
        jwt: Some(authorizer()),
        routes: vec![
            scoped("GET /notes", &[]),
            scoped("GET /scoped", &["notes:read", "notes:write"]),
        ],
        ..Configuration::default()
    };
    change(&mut configuration);
    HttpApi::new(configuration).unwrap()
}

fn api() -> HttpApi {
    api_with(|_| {})
}

fn seconds() -> i64 {
    now().as_second()
}

fn good_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": "notes",
        "sub": "ann",
        "iat": seconds(),
        "nbf": seconds(),
        "exp": seconds() + 3600
    })
}

/// Good claims with some replaced; a null removes.
fn claims(change: Value) -> Value {
    let mut claims = good_claims();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn sign_as(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn sign(claims: &Value) -> String {
    sign_as(Algorithm::RS256, Some("key-1"), &KEY, claims)
}

fn token() -> String {
    sign(&good_claims())
}

fn bearing(target: &str, token: &str) -> Request {
    get(target).with("authorization", &format!("Bearer {token}"))
}

/// Goes on until nothing has to be fetched any more.
fn decide_at(api: &HttpApi, request: &Request, at: Timestamp) -> Decision {
    for _ in 0..3 {
        match api.receive(request, at) {
            Decision::Fetch(document) => api.supply(&document, provide(&document), at),
            decision => return decision,
        }
    }
    panic!("fetched without end");
}

fn decide(api: &HttpApi, request: &Request) -> Decision {
    decide_at(api, request, now())
}

#[track_caller]
fn accepted(api: &HttpApi, request: &Request) -> Value {
    match decide(api, request) {
        Decision::Invoke(invocation) => serde_json::from_slice(&invocation.payload).unwrap(),
        other => panic!("not accepted: {other:?}"),
    }
}

#[track_caller]
fn refused(api: &HttpApi, request: &Request) -> Response {
    match decide(api, request) {
        Decision::Answer(answer) => answer.response,
        other => panic!("not refused: {other:?}"),
    }
}

/// Asserts a 401 with this description in its challenge.
#[track_caller]
fn assert_invalid(request: &Request, description: &str) {
    let response = refused(&api(), request);

    assert_eq!(response.status(), 401, "{description}");
    assert_eq!(text(&response), r#"{"message":"Unauthorized"}"#);
    assert_eq!(
        header(&response, "www-authenticate"),
        [format!(
            r#"Bearer scope="" error="invalid_token" error_description="{description}""#
        )]
    );
}

fn authorizer_of(event: &Value) -> &Value {
    &event["requestContext"]["authorizer"]["jwt"]
}

#[test]
fn acceptance_row_11_section_4_1_no_token_is_a_plain_bearer() {
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

#[test]
fn acceptance_row_11_section_4_1_captured_challenges() {
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

#[test]
fn section_4_1_discovery_failure_and_key_set_failure_are_told_apart() {
    let request = bearing("/notes", &token());
    let challenge = |api: &HttpApi| {
        let Decision::Answer(answer) = api.receive(&request, now()) else {
            panic!("not refused");
        };
        header(&answer.response, "www-authenticate")[0].to_owned()
    };
    let wanted = |api: &HttpApi| match api.receive(&request, now()) {
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

#[test]
fn fact_5_1_the_token_may_come_bare_or_after_bearer_in_any_case() {
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
fn fact_5_1_the_token_may_come_in_the_query_or_another_header() {
    let from = |source: &str| {
        api_with(|configuration| {
            configuration.jwt = Some(JwtAuthorizer {
                identity_source: source.parse().unwrap(),
                ..authorizer()
            });
        })
    };

    let query = format!("/notes?a=1&token={}", token());
    accepted(&from("$request.querystring.token"), &get(&query));
    accepted(
        &from("$request.header.X-Token"),
        &get("/notes").with("x-token", &token()),
    );
    let missing = refused(
        &from("$request.querystring.token"),
        &bearing("/notes", &token()),
    );
    assert_eq!(header(&missing, "www-authenticate"), ["Bearer"]);
    for bad in [
        "",
        "$request.body.x",
        "$request.header.",
        "$request.querystring.",
    ] {
        assert!(bad.parse::<IdentitySource>().is_err(), "{bad}");
    }
}

#[test]
fn fact_5_3_rs256_rs384_and_rs512_are_accepted() {
    for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
        let token = sign_as(algorithm, Some("key-1"), &KEY, &good_claims());
        accepted(&api(), &bearing("/notes", &token));
    }
}

#[test]
fn fact_5_3_every_other_algorithm_is_refused() {
    let public_key_as_secret = EncodingKey::from_secret(&key_set());
    let hs256 = sign_as(
        Algorithm::HS256,
        Some("key-1"),
        &public_key_as_secret,
        &good_claims(),
    );
    assert_invalid(
        &bearing("/notes", &hs256),
        "signing method HS256 is invalid",
    );
    let ps256 = sign_as(Algorithm::PS256, Some("key-1"), &KEY, &good_claims());
    assert_invalid(
        &bearing("/notes", &ps256),
        "signing method PS256 is invalid",
    );
    // Headers {"alg":"none"}, {"alg":"a\"\r\nb"} and {"kid":"key-1"}.
    for (head, description) in [
        ("eyJhbGciOiJub25lIn0", "signing method none is invalid"),
        ("eyJhbGciOiJhXCJcclxuYiJ9", "signing method ab is invalid"),
        (
            "eyJraWQiOiJrZXktMSJ9",
            "signing method (alg) is unspecified.",
        ),
    ] {
        assert_invalid(&bearing("/notes", &format!("{head}.e30.")), description);
    }
}

#[test]
fn fact_5_4_each_claim_that_is_wrong_refuses() {
    let later = seconds() + 60;
    for (change, description) in [
        (
            json!({"iss": "https://issuer.example.com/"}),
            "issuer does not match",
        ),
        (json!({"iss": null}), "issuer does not match"),
        (
            json!({"aud": null}),
            "the token does not have a valid audience",
        ),
        (
            json!({"aud": []}),
            "the token does not have a valid audience",
        ),
        (
            json!({"aud": "note"}),
            "the token does not have a valid audience",
        ),
        (json!({"exp": seconds()}), "Token is expired"),
        (json!({"exp": seconds() - 1}), "Token is expired"),
        (json!({"exp": null}), "Token is expired"),
        (json!({"exp": "tomorrow"}), "Token is expired"),
        (json!({"nbf": later}), "Token is not valid yet"),
        (json!({"iat": later}), "Token used before issued"),
        (json!({"nbf": "x"}), "Token is not valid yet"),
    ] {
        assert_invalid(&bearing("/notes", &sign(&claims(change))), description);
    }
}

#[test]
fn fact_5_4_claims_that_may_be_otherwise() {
    for change in [
        json!({"aud": ["others", "more"]}),
        json!({"aud": null, "client_id": "notes"}),
        json!({"iat": null, "nbf": null}),
        json!({"exp": seconds() + 1}),
        json!({"exp": (seconds() as f64) + 1.5}),
    ] {
        accepted(&api(), &bearing("/notes", &sign(&claims(change))));
    }
}

#[test]
fn fact_5_4_the_client_id_counts_only_without_an_audience() {
    let token = sign(&claims(json!({"aud": "others", "client_id": "notes"})));

    assert_invalid(
        &bearing("/notes", &token),
        "the token does not have a valid audience",
    );
}

#[test]
fn fact_5_4_a_wrong_key_a_wrong_kid_and_a_changed_token_are_refused() {
    let other_key = sign_as(Algorithm::RS256, Some("key-1"), &OTHER_KEY, &good_claims());
    assert_invalid(
        &bearing("/notes", &other_key),
        "crypto/rsa: verification error",
    );
    for kid in [Some("key-2"), Some(""), None] {
        let token = sign_as(Algorithm::RS256, kid, &KEY, &good_claims());
        assert_invalid(
            &bearing("/notes", &token),
            "unable to find a key for the token",
        );
    }
    let token = token();
    let other = sign(&claims(json!({"sub": "bob"})));
    let [head, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts");
    };
    let payload = other.split('.').nth(1).unwrap();
    assert_invalid(
        &bearing("/notes", &format!("{head}.{payload}.{signature}")),
        "crypto/rsa: verification error",
    );
    assert_invalid(
        &bearing("/notes", &format!("{head}.{payload}.")),
        "crypto/rsa: verification error",
    );
    assert_invalid(&bearing("/notes", "!.e30.AAAA"), "token is malformed");
}

#[test]
fn fact_5_4_a_key_is_used_only_for_its_own_algorithm_and_purpose() {
    let published = |change: Value| {
        let mut set: Value = serde_json::from_slice(&key_set()).unwrap();
        for (name, value) in change.as_object().unwrap() {
            set["keys"][0][name] = value.clone();
        }
        set.to_string()
    };
    let status = |set: String| {
        let api = api();
        let request = bearing("/notes", &token());
        for _ in 0..2 {
            if let Decision::Fetch(document) = api.receive(&request, now()) {
                let answer = match document.url() {
                    "https://issuer.example.com/keys" => Ok(set.clone().into()),
                    _ => provide(&document),
                };
                api.supply(&document, answer, now());
            }
        }
        matches!(api.receive(&request, now()), Decision::Invoke(_))
    };

    assert!(status(published(json!({"alg": "RS256", "use": "sig"}))));
    assert!(!status(published(json!({"alg": "RS512"}))));
    assert!(!status(published(json!({"use": "enc"}))));
    assert!(!status(published(json!({"kty": "EC"}))));
}

#[test]
fn fact_5_5_acceptance_row_13_a_token_without_any_of_the_scopes_is_a_403() {
    for scope in [
        json!({}),
        json!({"scope": ""}),
        json!({"scope": "notes:rea notes:reader"}),
        json!({"scope": "NOTES:READ"}),
        json!({"scope": 7}),
    ] {
        let response = refused(&api(), &bearing("/scoped", &sign(&claims(scope.clone()))));
        assert_eq!(response.status(), 403, "{scope}");
        assert_eq!(text(&response), r#"{"message":"Forbidden"}"#, "{scope}");
        assert_eq!(response.body().len(), 23, "{scope}");
        assert!(header(&response, "www-authenticate").is_empty(), "{scope}");
    }
}

#[test]
fn fact_5_5_any_one_of_the_scopes_is_enough() {
    for scope in [
        json!({"scope": "notes:write"}),
        json!({"scope": "x notes:read y"}),
        json!({"scp": ["notes:read"]}),
        json!({"scp": "notes:read"}),
        json!({"scope": ["notes:write"]}),
    ] {
        accepted(&api(), &bearing("/scoped", &sign(&claims(scope))));
    }
}

#[test]
fn fact_5_6_scp_is_preferred_to_scope() {
    let token = sign(&claims(json!({"scp": ["other"], "scope": "notes:read"})));

    assert_eq!(refused(&api(), &bearing("/scoped", &token)).status(), 403);
}

#[test]
fn fact_5_7_the_keys_are_found_through_discovery() {
    let api = api_with(|configuration| {
        configuration.jwt = Some(JwtAuthorizer {
            issuer: "https://issuer.example.com/".to_owned(),
            ..authorizer()
        });
    });
    let request = bearing(
        "/notes",
        &sign(&claims(json!({"iss": "https://issuer.example.com/"}))),
    );

    let Decision::Fetch(discovery) = api.receive(&request, now()) else {
        panic!("discovery is fetched first");
    };
    assert_eq!(
        discovery.url(),
        "https://issuer.example.com/.well-known/openid-configuration"
    );
    api.supply(&discovery, provide(&discovery), now());
    let Decision::Fetch(keys) = api.receive(&request, now()) else {
        panic!("then the keys");
    };
    assert_eq!(keys.url(), "https://issuer.example.com/keys");
    api.supply(&keys, provide(&keys), now());
    assert!(matches!(api.receive(&request, now()), Decision::Invoke(_)));
}

#[test]
fn fact_5_8_keys_are_kept_for_two_hours() {
    let api = api();
    let at = |after: Duration| now() + after;
    let long = bearing("/notes", &sign(&claims(json!({"exp": seconds() + 90_000}))));
    decide(&api, &long);

    let almost = Duration::from_secs(2 * 60 * 60 - 1);
    assert!(matches!(
        api.receive(&long, at(almost)),
        Decision::Invoke(_)
    ));
    assert!(matches!(
        api.receive(&long, at(limits::KEY_SET_AGE)),
        Decision::Fetch(_)
    ));
    assert!(matches!(
        decide_at(&api, &long, at(limits::KEY_SET_AGE)),
        Decision::Invoke(_)
    ));
}

#[test]
fn fact_5_9_an_unknown_kid_fetches_nothing_unless_switched() {
    let unknown = bearing(
        "/notes",
        &sign_as(Algorithm::RS256, Some("key-2"), &KEY, &good_claims()),
    );
    let known = bearing("/notes", &token());
    let minute = Duration::from_secs(60);
    let switched = api_with(|configuration| {
        configuration.switches.refetch_on_unknown_key = Some(minute);
    });
    decide(&api(), &known);
    decide(&switched, &known);

    assert_eq!(refused(&api(), &unknown).status(), 401);
    assert!(matches!(
        switched.receive(&unknown, now()),
        Decision::Answer(_)
    ));
    let Decision::Fetch(keys) = switched.receive(&unknown, now() + minute) else {
        panic!("a minute later the keys are fetched anew");
    };
    assert!(matches!(
        switched.receive(&known, now() + minute),
        Decision::Invoke(_)
    ));
    switched.supply(&keys, provide(&keys), now() + minute);
    assert!(matches!(
        switched.receive(&unknown, now() + minute),
        Decision::Answer(_)
    ));
}

#[test]
fn fact_5_10_the_limits_are_those_of_the_documentation() {
    assert_eq!(limits::FETCH_TIMEOUT, Duration::from_millis(1_500));
    assert_eq!(limits::KEY_SET, 150_000);
    assert_eq!(limits::AUDIENCES, 50);
    assert_eq!(limits::SCOPES, 10);
}

#[test]
fn a_failed_fetch_is_remembered_for_a_moment_and_then_tried_again() {
    let api = api();
    let request = bearing("/notes", &token());
    let Decision::Fetch(document) = api.receive(&request, now()) else {
        panic!("nothing to fetch");
    };
    api.supply(&document, Err(FetchError::TimedOut), now());

    let soon = now() + Duration::from_secs(4);
    let later = now() + Duration::from_secs(5);
    assert!(matches!(api.receive(&request, soon), Decision::Answer(_)));
    assert!(matches!(api.receive(&request, later), Decision::Fetch(_)));
}

#[test]
fn only_one_of_many_waiting_requests_has_to_fetch() {
    let api = api();
    let request = bearing("/notes", &token());
    let (Decision::Fetch(first), Decision::Fetch(second)) =
        (api.receive(&request, now()), api.receive(&request, now()))
    else {
        panic!("nothing to fetch");
    };

    assert!(api.still_wants(&first));
    api.supply(&first, provide(&first), now());

    assert!(!api.still_wants(&second));
}

#[test]
fn fact_5_11_no_clock_skew_is_forgiven_unless_switched() {
    let early = bearing("/notes", &sign(&claims(json!({"nbf": seconds() + 30}))));
    let late = bearing("/notes", &sign(&claims(json!({"exp": seconds() - 30}))));
    let lenient = api_with(|configuration| {
        configuration.switches = Switches::default();
        configuration.switches.clock_skew = Duration::from_secs(60);
    });

    for request in [early, late] {
        assert_eq!(refused(&api(), &request).status(), 401);
        accepted(&lenient, &request);
    }
}

#[test]
fn acceptance_row_12_trap_6_claims_are_texts_as_go_prints_them() {
    let token = sign(&claims(json!({
        "exp": 9_007_199_254_740_993_i64,
        "iat": null,
        "nbf": null,
        "admin": true,
        "ratio": 0.5,
        "large": 1e21,
        "groups": ["admin", "poweruser"],
        "mixed": ["a b", 1, false, null, ["c"]],
        "none": [],
        "address": {"city": "Ulm"},
        "scope": "a b"
    })));

    let event = accepted(&api(), &bearing("/notes", &token));

    assert_eq!(
        authorizer_of(&event)["claims"],
        json!({
            "iss": ISSUER,
            "aud": "notes",
            "sub": "ann",
            "exp": "9007199254740993",
            "admin": "true",
            "ratio": "0.5",
            "large": "1000000000000000000000",
            "groups": "[admin poweruser]",
            "mixed": "[a b 1 false <nil> [c]]",
            "none": "[]",
            "address": "{\"city\":\"Ulm\"}",
            "scope": "a b"
        })
    );
}

#[test]
fn trap_6_a_null_claim_is_dropped() {
    let mut claims = good_claims();
    claims["nickname"] = Value::Null;

    let event = accepted(&api(), &bearing("/notes", &sign(&claims)));

    assert_eq!(authorizer_of(&event)["claims"].get("nickname"), None);
}

#[test]
fn acceptance_row_12_trap_6_scopes_are_null_without_route_scopes_and_full_with_them() {
    let token = sign(&claims(json!({"scope": "notes:read extra"})));

    let plain = accepted(&api(), &bearing("/notes", &token));
    let scoped = accepted(&api(), &bearing("/scoped", &token));

    assert_eq!(authorizer_of(&plain).get("scopes"), Some(&Value::Null));
    assert_eq!(
        authorizer_of(&scoped)["scopes"],
        json!(["notes:read", "extra"])
    );
    assert_eq!(
        authorizer_of(&scoped)["claims"]["scope"],
        "notes:read extra"
    );
}

#[test]
fn payload_format_1_0_has_the_claims_without_the_word_jwt() {
    let api = api_with(|configuration| {
        configuration.routes[0].payload_format = PayloadFormat::V1;
    });

    let event = accepted(&api, &bearing("/notes", &token()));

    let authorizer = &event["requestContext"]["authorizer"];
    assert_eq!(authorizer["claims"]["sub"], "ann");
    assert_eq!(authorizer.get("scopes"), Some(&Value::Null));
}

#[test]
fn a_public_route_asks_for_nothing() {
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
