//! Reads `docs/verification/requests.json`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use http_body_util::Full;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Result;

/// The length of `LONG` in a target: more than the limit for all headers together.
const LONG: usize = 11_000;

/// The requests, and the routes of the API that receives them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestList {
    pub routes: Vec<Route>,
    /// The only allowed CORS origin.
    pub origin: String,
    pub tokens: BTreeMap<String, Token>,
    pub requests: Vec<Request>,
}

/// A route. It requires a token if it has `scopes`, even if they are empty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub key: String,
    pub scopes: Option<Vec<String>>,
}

/// Changes to a valid token. Null removes a field; numbers in `exp`, `nbf` and `iat` are seconds from
/// now; `ISSUER` is replaced by the issuer's URL.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) key: Key,
}

/// The key that signs a token.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Key {
    /// The issuer's key, with RS256.
    #[default]
    Own,
    /// The issuer's key, with RS384.
    Rs384,
    /// A key that is not in the key set.
    Other,
    /// The issuer's public key, as the secret of HS256.
    Public,
    /// No signature.
    None,
}

/// A request. Header values and bodies are Latin-1, so that they can contain bytes that are not UTF-8.
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
    /// The length of an additional header.
    #[serde(default)]
    padding: usize,
    #[serde(default)]
    body: String,
    /// The name of a token, which is sent after `scheme`.
    pub token: Option<String>,
    #[serde(default = "bearer")]
    scheme: String,
    /// What the function returns; by default, the event.
    #[serde(rename = "return", default, deserialize_with = "present")]
    returns: Option<Value>,
}

fn get() -> String {
    "GET".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// Deserializes null as `Some(Value::Null)`.
fn present<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl RequestList {
    /// Reads the list.
    ///
    /// # Errors
    /// Fails if the file is missing or invalid.
    pub fn read() -> Result<Self> {
        let text = fs::read(folder().join("requests.json"))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

impl Request {
    /// Returns the HTTP request to the API at `url`.
    pub(crate) fn to_http(
        &self,
        url: &str,
        token: Option<&str>,
    ) -> Result<http::Request<Full<Bytes>>> {
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
        if let Some(returns) = &self.returns {
            request = request.header("x-return", returns.to_string());
        }
        Ok(request.body(Full::from(latin_1(&self.body)))?)
    }
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

/// Returns the folder of the requests and the recorded responses.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/verification")
}
