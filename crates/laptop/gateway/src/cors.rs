//! CORS (section 7 of the facts): preflight answered here, headers added to the functions' answers.

use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use thiserror::Error;

use crate::client_request::Request;

/// The CORS configuration of an API. Empty lists leave their header out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins, `*`, `https://*` or `http://*` (fact 7.6).
    pub allow_origins: Vec<String>,
    /// Methods, or `*`.
    pub allow_methods: Vec<String>,
    /// Header names, or `*`; sent in lower case.
    pub allow_headers: Vec<String>,
    /// Names of response headers that a page may read, or `*`.
    pub expose_headers: Vec<String>,
    /// How long a browser may keep the answer to a preflight, in seconds.
    pub max_age: Option<u32>,
    /// Whether pages may send cookies and credentials; not with the origin `*` (fact 7.7).
    pub allow_credentials: bool,
}

/// The CORS configuration that API Gateway would reject.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CorsError {
    /// Credentials for every origin (fact 7.7, in API Gateway's words).
    #[error("allow-credentials is not supported if 'allow-origin' is *")]
    CredentialsForEveryOrigin,
    /// The value is not valid in a header.
    #[error("CORS: {0:?} is not valid in a header")]
    Value(String),
}

/// The configuration with its headers written out.
#[derive(Debug)]
pub(crate) struct CorsRules {
    origins: Vec<String>,
    credentials: bool,
    /// What only the answer to a preflight bears.
    preflight: HeaderMap,
    expose: Option<HeaderValue>,
}

impl CorsRules {
    pub(crate) fn new(cors: &Cors) -> Result<CorsRules, CorsError> {
        if cors.allow_credentials && cors.allow_origins.iter().any(|origin| origin == "*") {
            return Err(CorsError::CredentialsForEveryOrigin);
        }
        let mut preflight = HeaderMap::new();
        let lower: Vec<String> = cors
            .allow_headers
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        if let Some(methods) = list(&cors.allow_methods)? {
            preflight.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(headers) = list(&lower)? {
            preflight.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
        if let Some(seconds) = cors.max_age {
            preflight.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
        }
        Ok(CorsRules {
            origins: cors.allow_origins.clone(),
            credentials: cors.allow_credentials,
            preflight,
            expose: list(&cors.expose_headers)?,
        })
    }

    /// The answer to a preflight (facts 7.2 and 7.3): 204, and without a CORS header when the
    /// origin is not allowed.
    pub(crate) fn preflight(&self, request: &Request) -> http::Response<Bytes> {
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if let Some(origin) = self.allowed(request) {
            let headers = response.headers_mut();
            headers.extend(self.preflight.clone());
            self.allow(headers, origin);
        }
        response
    }

    /// The headers that the answer to this request bears; none without an allowed `Origin`.
    pub(crate) fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(origin) = self.allowed(request) {
            self.allow(&mut headers, origin);
            if let Some(names) = &self.expose {
                headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
            }
        }
        headers
    }

    fn allow(&self, headers: &mut HeaderMap, origin: HeaderValue) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
    }

    /// What `access-control-allow-origin` says to this request, if anything.
    fn allowed(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers.get(header::ORIGIN)?;
        let text = origin.to_str().ok()?;
        if self.origins.iter().any(|allowed| allowed == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins
            .iter()
            .any(|allowed| match allowed.strip_suffix('*') {
                Some(scheme) => text.len() > scheme.len() && text.starts_with(scheme),
                None => allowed == text,
            })
            .then(|| origin.clone())
    }
}

/// Whether a request is a preflight (fact 7.4).
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == Method::OPTIONS
        && request.headers.contains_key(header::ORIGIN)
        && request
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Whether a header belongs to CORS, so that a function's own is dropped (fact 7.5).
pub(crate) fn is_cors_header(name: &HeaderName) -> bool {
    name.as_str().starts_with("access-control-")
}

fn list(values: &[String]) -> Result<Option<HeaderValue>, CorsError> {
    if values.is_empty() {
        return Ok(None);
    }
    let joined = values.join(",");
    HeaderValue::from_str(&joined)
        .map(Some)
        .map_err(|_| CorsError::Value(joined))
}
