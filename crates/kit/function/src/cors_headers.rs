//! The CORS headers of responses behind a REST API, which adds none itself. An HTTP API does, and
//! functions behind one have no such settings.

use std::env;

use aws_lambda_events::http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, VARY,
    },
};
use serde::Deserialize;

/// The environment variable with the settings, as JSON.
const VARIABLE: &str = "CORS";

/// The CORS settings of the API: the part that is about responses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CorsHeaders {
    origins: Vec<String>,
    exposed_headers: Vec<String>,
    credentials: bool,
}

impl CorsHeaders {
    /// Reads the settings of the environment. Without them, no response gets a header.
    pub(crate) fn from_environment() -> Result<Self, serde_json::Error> {
        match env::var(VARIABLE) {
            Ok(json) => serde_json::from_str(&json),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Adds the headers of a response to a page of `origin`.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, origin: Option<&str>) {
        if self.origins.is_empty() {
            return;
        }
        let allows_all = self.origins.iter().any(|allowed| allowed == "*");
        if !allows_all {
            // A cache must not give one page's response to another.
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        let Some(origin) = origin
            .filter(|origin| allows_all || self.origins.iter().any(|allowed| allowed == origin))
        else {
            return;
        };
        let allowed = if allows_all { "*" } else { origin };
        let exposed = self.exposed_headers.join(",");
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
            (ACCESS_CONTROL_EXPOSE_HEADERS, &exposed),
        ] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        if self.credentials {
            headers.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(settings: &str, origin: Option<&str>) -> Vec<(String, String)> {
        let cors: CorsHeaders = serde_json::from_str(settings).unwrap();
        let mut headers = HeaderMap::new();
        cors.add_to(&mut headers, origin);
        let mut headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        headers
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        expected.iter().map(pair).collect()
    }

    #[test]
    fn an_allowed_origin_gets_the_cors_headers() {
        let settings = r#"{"origins":["https://a.example","https://b.example"],
            "methods":["*"],"exposedHeaders":["etag","link"],"credentials":true}"#;

        assert_eq!(
            headers(settings, Some("https://b.example")),
            pairs(&[
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-origin", "https://b.example"),
                ("access-control-expose-headers", "etag,link"),
                ("vary", "origin"),
            ])
        );
    }

    #[test]
    fn every_origin_is_allowed_by_a_star() {
        assert_eq!(
            headers(r#"{"origins":["*"]}"#, Some("https://a.example")),
            pairs(&[("access-control-allow-origin", "*")])
        );
    }

    #[test]
    fn other_origins_and_other_clients_get_no_permission() {
        let settings = r#"{"origins":["https://a.example"]}"#;

        for origin in [Some("https://c.example"), None] {
            assert_eq!(headers(settings, origin), pairs(&[("vary", "origin")]));
        }
        assert_eq!(headers("{}", Some("https://a.example")), []);
    }
}
