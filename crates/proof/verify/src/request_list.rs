//! `docs/verification/requests.json`: what is asked of an HTTP API, in AWS and here.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// What `LONG` in a target stands for: more than a whole head may have.
const LONG: usize = 11_000;

/// The requests, and the API that they are made for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub routes: Vec<Route>,
    /// The one origin whose pages may call.
    pub origin: String,
    pub tokens: BTreeMap<String, Token>,
    pub requests: Vec<Request>,
}

/// A route; one with `scopes` needs a token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub key: String,
    pub scopes: Option<Vec<String>>,
}

/// How a token differs from a good one. Null takes away; numbers in `exp`, `nbf` and `iat` are
/// seconds from now; `ISSUER` stands for the issuer.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    pub key: Key,
}

/// What a token is signed with.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// The issuer's key.
    #[default]
    Own,
    /// The issuer's key, by RS384.
    Rs384,
    /// A key that nobody knows.
    Other,
    /// The issuer's public key, as the secret of HS256.
    Public,
    /// Nothing.
    None,
}

/// One request. Texts are written as Latin-1, so that bytes that are no UTF-8 can be sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub name: String,
    /// The row of `docs/fidelity.md`.
    pub settles: String,
    #[serde(default = "get")]
    pub method: String,
    pub target: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// So many bytes more in a header.
    #[serde(default)]
    padding: usize,
    #[serde(default)]
    body: String,
    /// One of [`List::tokens`], after `scheme`.
    pub token: Option<String>,
    #[serde(default = "bearer")]
    scheme: String,
    /// What the function is told to say.
    #[serde(rename = "return", default, deserialize_with = "present")]
    returns: Option<Value>,
}

fn get() -> String {
    "GET".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// Null is something to say, too.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl List {
    pub fn read() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let text = std::fs::read(folder().join("requests.json"))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

impl Request {
    /// The request to the API at `url`, with its token if it has one.
    pub fn to(
        &self,
        url: &str,
        token: Option<&str>,
    ) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let target = self.target.replace("LONG", &"a".repeat(LONG));
        let mut request = http::Request::builder()
            .method(Method::from_bytes(self.method.as_bytes())?)
            .uri(format!("{url}{target}"));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            request = request.header(name, HeaderValue::from_bytes(&latin_1(value))?);
        }
        if self.padding > 0 {
            request = request.header("x-padding", "a".repeat(self.padding));
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("{}{token}", self.scheme));
        }
        if let Some(told) = &self.returns {
            request = request.header("x-return", told.to_string());
        }
        request.body(Full::from(latin_1(&self.body)))
    }
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

/// Where the requests are, and the answers.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/verification")
}
