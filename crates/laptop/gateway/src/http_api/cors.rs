//! CORS (section 7 of the facts): the gateway's response to a preflight, and the headers it adds to the
//! functions' responses.

use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use manifest::Cors;

use crate::client_request::Request;

/// The CORS settings as headers.
#[derive(Debug)]
pub(crate) struct CorsRules {
    origins: Vec<String>,
    credentials: bool,
    /// The headers that only the response to a preflight has.
    preflight: HeaderMap,
    expose: Option<HeaderValue>,
}

impl CorsRules {
    /// `cors` has passed [`Cors::check`].
    pub(crate) fn new(cors: &Cors) -> CorsRules {
        let mut preflight = HeaderMap::new();
        let lower: Vec<String> = cors
            .headers
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        if let Some(methods) = list(&cors.methods) {
            preflight.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(headers) = list(&lower) {
            preflight.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
        if let Some(seconds) = cors.max_age {
            preflight.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
        }
        CorsRules {
            origins: cors.origins.clone(),
            credentials: cors.credentials,
            preflight,
            expose: list(&cors.exposed_headers),
        }
    }

    /// Returns the response to a preflight (facts 7.2 and 7.3): 204, and without a CORS header if the
    /// origin is not allowed.
    pub(crate) fn preflight(&self, request: &Request) -> http::Response<Bytes> {
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.headers_mut() = self.headers(request);
        response
    }

    /// Returns the CORS headers of the response to this request; none without an allowed `Origin`.
    pub(crate) fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some(origin) = self.allowed(request) else {
            return headers;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        if is_preflight(request) {
            headers.extend(self.preflight.clone());
        } else if let Some(names) = &self.expose {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
        }
        headers
    }

    /// Returns `access-control-allow-origin` for this request, if its origin is allowed.
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

/// Removes a function's own CORS headers. With CORS settings, they are ignored (fact 7.5).
pub(crate) fn remove_cors_headers(headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
}

fn list(values: &[String]) -> Option<HeaderValue> {
    if values.is_empty() {
        return None;
    }
    let joined = values.join(",");
    Some(HeaderValue::from_str(&joined).expect("methods and header names are ASCII tokens"))
}
