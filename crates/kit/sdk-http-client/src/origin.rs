//! Where a connection leads to: scheme, host and port.

use http::{
    HeaderValue, Uri,
    header::InvalidHeaderValue,
    uri::{Authority, Parts, Scheme},
};

use crate::call_error::CallError;

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    pub(crate) is_https: bool,
    authority: Authority,
}

impl Origin {
    /// Returns the origin of a URL, and its path.
    ///
    /// # Errors
    ///
    /// [`CallError::NoOrigin`] if the URL has no host, or another scheme than `http` and `https`.
    pub(crate) fn split(url: Uri) -> Result<(Self, Uri), CallError> {
        match url.into_parts() {
            Parts {
                scheme: Some(scheme),
                authority: Some(authority),
                path_and_query,
                ..
            } if scheme == Scheme::HTTP || scheme == Scheme::HTTPS => {
                let is_https = scheme == Scheme::HTTPS;
                let path = path_and_query.map_or_else(Uri::default, Uri::from);
                Ok((
                    Self {
                        is_https,
                        authority,
                    },
                    path,
                ))
            }
            _ => Err(CallError::NoOrigin),
        }
    }

    /// Returns the host without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.authority.host();
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(self.default_port())
    }

    /// Returns the value of the header `host`. SigV4 signs it without a default port.
    pub(crate) fn host_header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let host = self.authority.host();
        match self.authority.port_u16() {
            Some(port) if port != self.default_port() => format!("{host}:{port}").try_into(),
            _ => HeaderValue::from_str(host),
        }
    }

    fn default_port(&self) -> u16 {
        if self.is_https { 443 } else { 80 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(url: &str) -> (Origin, Uri) {
        Origin::split(url.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_scheme_has_a_default_port() {
        for (url, port, header) in [
            ("http://db.example/", 80, "db.example"),
            ("https://db.example/", 443, "db.example"),
            ("https://db.example:443/", 443, "db.example"),
            ("https://db.example:80/", 80, "db.example:80"),
            ("http://127.0.0.1:8000", 8000, "127.0.0.1:8000"),
        ] {
            let (origin, _) = split(url);

            assert_eq!(origin.port(), port, "{url}");
            assert_eq!(origin.host_header().unwrap(), header, "{url}");
        }
    }

    #[test]
    fn an_ipv6_address_has_brackets_in_the_header_only() {
        let (origin, _) = split("http://[::1]:8000/");

        assert_eq!(origin.host(), "::1");
        assert_eq!(origin.host_header().unwrap(), "[::1]:8000");
    }

    #[test]
    fn the_path_keeps_its_query() {
        let (_, path) = split("https://db.example/a/b?c=d");

        assert_eq!(path, "/a/b?c=d");
    }

    #[test]
    fn a_url_without_a_path_has_the_path_of_the_root() {
        let (_, path) = split("https://db.example");

        assert_eq!(path, "/");
    }

    #[test]
    fn a_url_without_scheme_or_host_is_refused() {
        for url in ["/tables", "db.example", "ftp://db.example/"] {
            let error = Origin::split(url.parse().unwrap()).unwrap_err();

            assert!(matches!(error, CallError::NoOrigin), "{url}: {error:?}");
        }
    }
}
