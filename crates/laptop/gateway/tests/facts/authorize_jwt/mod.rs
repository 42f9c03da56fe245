//! Section 5: tokens. The keys are made here, the tokens signed with the library's own encoder.

mod challenge;
mod claims;
mod keys;
mod verify;

use std::{sync::LazyLock, time::Duration};

use bytes::Bytes;
use gateway::{
    Access, Configuration, Document, FetchError, HttpApi, JwtAuthorizer, PayloadFormat, Response,
    Route, Timestamp, limits,
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey};
use serde_json::{Value, json};

use crate::fixture::{
    Decision, Request, With, configuration, get, guarded, header, now, receive, text,
};

pub(crate) const ISSUER: &str = "https://issuer.example.com";

static KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);
static OTHER_KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);

fn make_key() -> EncodingKey {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes())
}

/// The identity provider's key set, with the key under the id `key-1`.
pub(crate) fn key_set() -> Bytes {
    let mut jwk = Jwk::from_encoding_key(&KEY, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("key-1".to_owned());
    jwk.common.key_algorithm = None;
    serde_json::to_vec(&JwkSet { keys: vec![jwk] })
        .unwrap()
        .into()
}

/// What the identity provider answers.
pub(crate) fn provide(document: &Document) -> Result<Bytes, FetchError> {
    match document.url() {
        "https://issuer.example.com/.well-known/openid-configuration" => {
            Ok(r#"{"jwks_uri":"https://issuer.example.com/keys"}"#.into())
        }
        "https://issuer.example.com/keys" => Ok(key_set()),
        other => panic!("unexpected document {other}"),
    }
}

pub(crate) fn authorizer() -> JwtAuthorizer {
    JwtAuthorizer {
        issuer: ISSUER.to_owned(),
        audience: vec!["notes".to_owned(), "more".to_owned()],
    }
}

pub(crate) fn scoped(key: &str, scopes: &[&str]) -> Route {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    guarded(key, Access::Token { scopes })
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

pub(crate) fn seconds() -> i64 {
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
pub(crate) fn claims(change: Value) -> Value {
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

pub(crate) fn sign_as(
    algorithm: Algorithm,
    kid: Option<&str>,
    key: &EncodingKey,
    claims: &Value,
) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_as(Algorithm::RS256, Some("key-1"), &KEY, claims)
}

pub(crate) fn token() -> String {
    sign(&good_claims())
}

pub(crate) fn bearing(target: &str, token: &str) -> Request {
    get(target).with("authorization", &format!("Bearer {token}"))
}

/// Goes on until nothing has to be fetched any more.
fn decide_at(api: &HttpApi, request: &Request, at: Timestamp) -> Decision {
    for _ in 0..3 {
        match receive(api, request, at) {
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
