//! The reference page at `/_local/docs`: the workspace's OpenAPI document, shown by Scalar, with a token
//! of the development issuer to try its operations. Only pages of this server, opened on this machine,
//! can read it: `docs/decisions/0018-reference-page.md`.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};
use http_body_util::Full;
use jiff::{SignedDuration, Timestamp};
use manifest::{Access, Workspace};

use crate::{
    issuer::{DEFAULT_AUDIENCE, Issuer, TokenRequest},
    settings::{Authorizer, Settings},
};

/// The path of the page.
pub(crate) const PATH: &str = "/_local/docs";

/// The subject of the page's token: the default of `cargo local token`.
const SUBJECT: &str = "local";
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(8);

/// Scalar styles its elements by attributes, so styles may be inline. Scripts may not, and no request
/// leaves the server.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Scalar, as its npm package has it.
static SCALAR: LazyLock<Bytes> = LazyLock::new(|| {
    let script = scalar_api_reference::get_asset("scalar.js");
    Bytes::from(script.expect("the crate has this file"))
});

/// Answers requests for the page and its files.
pub(crate) struct ReferencePage {
    port: u16,
    /// The path with which all paths of the API begin.
    base_path: String,
    /// The latest declarations.
    declarations: Arc<RwLock<Arc<Workspace>>>,
    /// The development issuer and the audience of its tokens; none with another identity provider.
    issuer: Option<(Arc<Issuer>, String)>,
}

impl ReferencePage {
    pub(crate) fn new(
        port: u16,
        declarations: Arc<RwLock<Arc<Workspace>>>,
        settings: &Settings,
    ) -> Self {
        let issuer = match &settings.authorizer {
            Authorizer::Development { issuer, audience } => {
                let audience = audience.first().map_or(DEFAULT_AUDIENCE, |first| first);
                Some((Arc::clone(issuer), audience.to_owned()))
            }
            Authorizer::Provider { .. } => None,
        };
        Self {
            port,
            base_path: settings.base_path(),
            declarations,
            issuer,
        }
    }

    /// Returns whether a request is for the page or one of its files.
    pub(crate) fn takes<B>(request: &Request<B>) -> bool {
        let paths = [
            PATH,
            "/_local/docs.js",
            "/_local/scalar.js",
            "/_local/openapi.json",
        ];
        request.method() == Method::GET && paths.contains(&request.uri().path())
    }

    /// Answers a request that [`takes`](Self::takes) accepts.
    pub(crate) async fn answer<B>(
        &self,
        request: &Request<B>,
        peer: IpAddr,
    ) -> Response<Full<Bytes>> {
        if !(peer.to_canonical().is_loopback() && self.is_own(request)) {
            let explanation =
                "Only this machine can open this page, at the address that `cargo local` prints.\n";
            return respond(
                StatusCode::FORBIDDEN,
                "text/plain; charset=utf-8",
                explanation,
            );
        }
        let html = "text/html; charset=utf-8";
        let script = "text/javascript; charset=utf-8";
        match request.uri().path() {
            "/_local/docs.js" => respond(
                StatusCode::OK,
                script,
                include_str!("reference_page/docs.js"),
            ),
            "/_local/scalar.js" => respond(StatusCode::OK, script, SCALAR.clone()),
            path => match (path, self.document().await) {
                (PATH, Some(_)) => respond(StatusCode::OK, html, self.page()),
                (_, Some(document)) => respond(StatusCode::OK, "application/json", document),
                (_, None) => respond(
                    StatusCode::NOT_FOUND,
                    html,
                    include_str!("reference_page/missing.html"),
                ),
            },
        }
    }

    /// Returns whether a request names this server as its host, and comes from one of its pages or
    /// from the address bar or a link. A page of another host reaches this port when its name is made
    /// to resolve to this machine.
    fn is_own<B>(&self, request: &Request<B>) -> bool {
        let headers = request.headers();
        let authority = request
            .uri()
            .authority()
            .map(|authority| authority.as_str());
        let host = authority.or_else(|| text(headers, HOST.as_str()));
        let Some(host) = host.filter(|host| self.is_own_host(host)) else {
            return false;
        };
        if text(headers, ORIGIN.as_str()).is_some_and(|origin| origin != format!("http://{host}")) {
            return false;
        }
        match text(headers, "sec-fetch-site") {
            None | Some("same-origin" | "none") => true,
            // A link on another page. That page cannot read the answer.
            Some(_) => {
                text(headers, "sec-fetch-mode") == Some("navigate")
                    && text(headers, "sec-fetch-dest") == Some("document")
            }
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else {
            return false;
        };
        let ip = name.trim_start_matches('[').trim_end_matches(']').parse();
        let is_loopback = ip.is_ok_and(|ip: IpAddr| ip.is_loopback());
        port == self.port.to_string() && (name == "localhost" || is_loopback)
    }

    fn declarations(&self) -> Arc<Workspace> {
        let declarations = self.declarations.read();
        Arc::clone(&declarations.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the OpenAPI document, so that a reload of the page shows the latest one.
    async fn document(&self) -> Option<Vec<u8>> {
        let file = self.declarations().root.join("openapi.json");
        tokio::fs::read(file).await.ok()
    }

    fn page(&self) -> String {
        // A token and a stage have letters, digits, hyphens, underscores and dots, and need no escape.
        let token = self.token().unwrap_or_default();
        include_str!("reference_page/page.html")
            .replace("{token}", &token)
            .replace("{base-path}", &self.base_path)
    }

    /// Returns a token with all scopes that routes require.
    fn token(&self) -> Option<String> {
        let (issuer, audience) = self.issuer.as_ref()?;
        let token = issuer.token(&TokenRequest {
            subject: SUBJECT.to_owned(),
            scope: scopes(&self.declarations()).join(" "),
            audience: audience.clone(),
            issued_at: Timestamp::now(),
            expires_in: TOKEN_LIFETIME,
        });
        token.ok()
    }
}

impl fmt::Debug for ReferencePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferencePage").finish_non_exhaustive()
    }
}

/// Returns the scopes that the routes of a workspace require, each once.
fn scopes(workspace: &Workspace) -> Vec<String> {
    let mut scopes: Vec<String> = workspace
        .routes()
        .filter_map(|(_, http)| match &http.access {
            Access::Token { scopes } => Some(scopes.clone()),
            Access::Public | Access::Iam | Access::Authorizer { .. } => None,
        })
        .flatten()
        .collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // A value that is not text matches nothing, but it is present.
    headers.get(name).map(|value| value.to_str().unwrap_or(""))
}

fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
