//! The response to a preflight: a method OPTIONS with a MOCK integration, as CDK's
//! `defaultCorsPreflightOptions` writes it (section 7 of the REST facts).

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, CONTENT_TYPE, ORIGIN, VARY,
    },
};
use manifest::Cors;

use crate::{
    client_request::Request, client_response::Response, configuration::ConfigurationError,
};

/// The methods that `*` stands for.
const METHODS: &str = "OPTIONS,GET,PUT,POST,DELETE,PATCH,HEAD";

/// The headers of the response, of which only the origin depends on the request.
#[derive(Debug)]
pub(super) struct Preflight {
    origins: Vec<HeaderValue>,
    headers: HeaderMap,
}

impl Preflight {
    /// `cors` has passed [`Cors::check`] and has an origin.
    pub(super) fn new(cors: &Cors) -> Result<Preflight, ConfigurationError> {
        for origin in &cors.origins {
            if origin.len() > 1 && origin.ends_with('*') {
                return Err(ConfigurationError::OriginPattern(origin.clone()));
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let methods = match cors.methods.as_slice() {
            [all] if all == "*" => METHODS.to_owned(),
            methods => methods.join(","),
        };
        for (name, list) in [
            (ACCESS_CONTROL_ALLOW_METHODS, methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.join(",")),
            (
                ACCESS_CONTROL_EXPOSE_HEADERS,
                cors.exposed_headers.join(","),
            ),
        ] {
            if !list.is_empty() {
                headers.insert(name, value(&list));
            }
        }
        if cors.credentials {
            headers.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        if let Some(seconds) = cors.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
        }
        if cors.origins.iter().all(|origin| origin != "*") {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
        Ok(Preflight {
            origins: cors.origins.iter().map(|origin| value(origin)).collect(),
            headers,
        })
    }

    /// A foreign origin gets the first one, which the browser refuses (fact R7.4).
    pub(super) fn response(&self, request: &Request) -> Response {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.headers_mut() = self.headers.clone();
        let sent = request.headers.get(ORIGIN);
        let allowed = self.origins.iter().find(|origin| Some(*origin) == sent);
        if let Some(origin) = allowed.or(self.origins.first()) {
            response
                .headers_mut()
                .insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        response
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("Cors::check allows only characters of headers")
}
