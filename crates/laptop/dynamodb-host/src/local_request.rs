//! Distinguishes programs on this machine from web pages, which can reach loopback ports too.

use http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};

/// Fails with a message if a request names another host, as after DNS rebinding, or if a browser
/// sent it.
pub(crate) fn check(headers: &HeaderMap, port: u16) -> Result<(), &'static str> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_own = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host.is_some_and(|host| host.eq_ignore_ascii_case(&format!("{name}:{port}"))));
    if !is_own {
        return Err("the Host header must name the loopback address and the port");
    }
    let from_browser = headers
        .keys()
        .any(|name| name == ORIGIN || name.as_str().starts_with("sec-fetch-"));
    if from_browser {
        return Err("requests of web pages are refused");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};

    use super::check;

    fn accepted(headers: &[(&str, &str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().unwrap();
                (name, value.parse().unwrap())
            })
            .collect();
        check(&headers, 8000).is_ok()
    }

    #[test]
    fn only_the_loopback_address_and_port_are_accepted_as_host() {
        for host in [
            "127.0.0.1:8000",
            "localhost:8000",
            "LOCALHOST:8000",
            "[::1]:8000",
        ] {
            assert!(accepted(&[("host", host)]), "{host}");
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:8001",
            "example.org:8000",
            "evil.localhost:8000",
            "",
        ] {
            assert!(!accepted(&[("host", host)]), "{host}");
        }
        assert!(!accepted(&[]));
    }

    #[test]
    fn a_browsers_headers_are_refused() {
        for (name, value) in [
            ("origin", "http://127.0.0.1:8000"),
            ("origin", "null"),
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "cors"),
        ] {
            assert!(
                !accepted(&[("host", "localhost:8000"), (name, value)]),
                "{name}: {value}"
            );
        }
    }
}
