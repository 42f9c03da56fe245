//! The development issuer: signs tokens with a key of the workspace, and publishes its public key.
//!
//! Its address is derived from its key, not from the server's port. So a token is valid for every server
//! of the workspace, and can be made while no server is running.

use std::{
    convert::Infallible,
    fmt,
    io::{ErrorKind, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{
    HeaderMap, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use ring::{
    digest,
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rsa::{
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{error::Error, state};

/// The default audience of tokens and servers.
pub(crate) const DEFAULT_AUDIENCE: &str = "local";

const KEY_FILE: &str = "issuer-key.pem";
const KEY_BITS: usize = 2048;

const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
const KEY_SET_PATH: &str = "/.well-known/jwks.json";

/// Ports that systems neither reserve nor use for outgoing connections.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;

/// Signs tokens with a key that a workspace keeps.
pub struct Issuer {
    key: RsaKeyPair,
    key_id: String,
    port: u16,
    key_set: Bytes,
}

/// The claims of a token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// `sub`.
    pub subject: String,
    /// `scope`; left out when empty.
    pub scope: String,
    /// `aud`.
    pub audience: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// The time from `iat` to `exp`.
    pub expires_in: SignedDuration,
}

impl Issuer {
    /// Opens the issuer that keeps its key in `folder`. Creates the key if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be used, or the key is damaged or open to other users.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(KEY_FILE);
        let unusable = |source| Error::State {
            path: path.clone(),
            source,
        };
        match std::fs::read_to_string(&path) {
            Ok(pem) => {
                if state::is_open_to_others(&path).map_err(unusable)? {
                    return Err(Error::ExposedKey { path });
                }
                return Self::of_pem(&pem, &path);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(error)),
        }
        state::prepare(folder)?;
        let damaged = |source: Box<dyn std::error::Error + Send + Sync>| Error::IssuerKey {
            path: path.clone(),
            source,
        };
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS)
            .map_err(|error| damaged(error.into()))?;
        let pem = key
            .to_pkcs1_pem(LineEnding::LF)
            .map_err(|error| damaged(error.into()))?;
        keep(folder, &path, pem.as_bytes()).map_err(unusable)?;
        // If two processes create a key at the same time, both use the first one.
        let pem = std::fs::read_to_string(&path).map_err(unusable)?;
        Self::of_pem(&pem, &path)
    }

    fn of_pem(pem: &str, path: &Path) -> Result<Self, Error> {
        let damaged = |source: Box<dyn std::error::Error + Send + Sync>| Error::IssuerKey {
            path: path.to_path_buf(),
            source,
        };
        let key = rsa::RsaPrivateKey::from_pkcs1_pem(pem).map_err(|error| damaged(error.into()))?;
        let der = key.to_pkcs1_der().map_err(|error| damaged(error.into()))?;
        let (n, e) = (
            URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()),
            URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
        );
        let key_id = thumbprint(&n, &e);
        let jwk =
            json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id, "n": n, "e": e });
        let key = RsaKeyPair::from_der(der.as_bytes()).map_err(|error| damaged(error.into()))?;
        let sum = key_id.bytes().fold(0u16, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u16::from(byte))
        });
        Ok(Self {
            key,
            key_id,
            port: FIRST_PORT + sum % PORTS,
            key_set: Bytes::from(json!({ "keys": [jwk] }).to_string()),
        })
    }

    /// The claim `iss`: the URL of the documents while a server runs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A signed token.
    ///
    /// # Errors
    /// When signing fails.
    pub fn token(&self, request: &TokenRequest) -> Result<String, Error> {
        let issued_at = request.issued_at.as_second();
        let mut claims = json!({
            "iss": self.url(),
            "sub": request.subject,
            "aud": request.audience,
            "iat": issued_at,
            "exp": issued_at.saturating_add(request.expires_in.as_secs()),
        });
        if !request.scope.is_empty() {
            claims["scope"] = Value::from(request.scope.as_str());
        }
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.key_id });
        let [header, claims] =
            [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(Error::Sign)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The document at `url`, if it is one of this issuer's.
    pub(crate) fn document(&self, url: &str) -> Option<Bytes> {
        self.document_at(url.strip_prefix(&self.url())?)
    }

    fn document_at(&self, path: &str) -> Option<Bytes> {
        match path {
            DISCOVERY_PATH => {
                let url = self.url();
                let document = json!({
                    "issuer": url,
                    "jwks_uri": format!("{url}{KEY_SET_PATH}"),
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "subject_types_supported": ["public"],
                    "response_types_supported": ["token"],
                });
                Some(Bytes::from(document.to_string()))
            }
            KEY_SET_PATH => Some(self.key_set.clone()),
            _ => None,
        }
    }

    /// Listens at [`url`](Self::url), for other programs. The server itself reads the documents without
    /// the network, so it also runs when the port is in use.
    pub(crate) async fn listen(&self) -> std::io::Result<TcpListener> {
        TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await
    }

    /// Answers on `listener` until dropped. A client may take `patience` for the head of a request.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, patience: Duration) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::task::yield_now().await;
                continue;
            };
            let issuer = Arc::clone(&self);
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let answer = issuer.answer(request.uri().path(), request.headers());
                async move { Ok::<_, Infallible>(answer) }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(patience)
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let refuse = |status| {
            let mut answer = Response::new(Full::default());
            *answer.status_mut() = status;
            answer
        };
        if !self.is_addressed_by(headers) {
            return refuse(StatusCode::FORBIDDEN);
        }
        let Some(document) = self.document_at(path) else {
            return refuse(StatusCode::NOT_FOUND);
        };
        let mut answer = Response::new(Full::from(document));
        let json = http::HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        answer
    }

    /// Whether a request names this machine as its host, and was not sent by a web page. A page of
    /// another host reaches this port when its name is made to resolve to this machine.
    fn is_addressed_by(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).map(http::HeaderValue::as_bytes);
        let own = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        let is_own = own.iter().any(|own| host == Some(own.as_bytes()));
        is_own && !headers.contains_key(ORIGIN)
    }
}

/// Returns the SHA-256 thumbprint of an RSA key (RFC 7638).
fn thumbprint(n: &str, e: &str) -> String {
    // RFC 7638 section 3.2: these members in this order, without white space.
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

/// The key stays out of logs.
impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("url", &self.url())
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Writes the whole file or nothing, readable by its owner only. Keeps an existing file.
fn keep(folder: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    // A temporary file is its owner's alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use jsonwebtoken::{
        Algorithm, DecodingKey, Validation,
        jwk::{JwkSet, ThumbprintHash},
    };
    use serde_json::Value;

    use super::{Issuer, TokenRequest};

    #[test]
    fn the_key_is_created_once_and_only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();

        let first = Issuer::open(folder.path()).unwrap();
        let second = Issuer::open(folder.path()).unwrap();

        assert_eq!(first.key_id, second.key_id);
        assert_eq!(first.url(), second.url());
        let file = std::fs::metadata(folder.path().join(super::KEY_FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_token_has_its_claims_and_verifies_with_the_published_key() {
        let folder = tempfile::TempDir::new().unwrap();
        let issuer = Issuer::open(folder.path()).unwrap();
        let now = Timestamp::now();
        let token = issuer
            .token(&TokenRequest {
                subject: "alice".to_owned(),
                scope: "notes:read notes:write".to_owned(),
                audience: "here".to_owned(),
                issued_at: now,
                expires_in: SignedDuration::from_hours(1),
            })
            .unwrap();

        let discovery = issuer.document(&format!(
            "{}/.well-known/openid-configuration",
            issuer.url()
        ));
        let discovery: Value = serde_json::from_slice(&discovery.unwrap()).unwrap();
        let keys = issuer
            .document(discovery["jwks_uri"].as_str().unwrap())
            .unwrap();
        let keys: JwkSet = serde_json::from_slice(&keys).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = keys.find(&header.kid.unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&["here"]);
        validation.set_issuer(&[issuer.url()]);
        let thumbprint = key.thumbprint(ThumbprintHash::SHA256).unwrap();
        let key = DecodingKey::from_jwk(key).unwrap();
        let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation)
            .unwrap()
            .claims;

        assert_eq!(thumbprint, issuer.key_id);
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["scope"], "notes:read notes:write");
        assert_eq!(claims["exp"], now.as_second() + 3600);
    }

    #[test]
    fn a_damaged_key_is_refused_by_its_name() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join(super::KEY_FILE);
        crate::state::prepare_file(&file).unwrap();
        std::fs::write(file, "not a key").unwrap();

        let error = Issuer::open(folder.path()).unwrap_err();

        assert!(
            error
                .to_string()
                .contains("issuer-key.pem is not an RSA key"),
            "{error}"
        );
    }
    #[test]
    fn a_key_that_other_users_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        Issuer::open(folder.path()).unwrap();
        let file = folder.path().join(super::KEY_FILE);

        for mode in [0o640, 0o604, 0o666] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let error = Issuer::open(folder.path()).unwrap_err().to_string();
            assert!(error.contains("open to other users"), "{mode:o}: {error}");
        }
    }

    #[test]
    fn a_request_of_another_host_or_of_a_page_is_refused() {
        let folder = tempfile::TempDir::new().unwrap();
        let issuer = Issuer::open(folder.path()).unwrap();
        let (own, local) = (
            format!("127.0.0.1:{}", issuer.port),
            format!("localhost:{}", issuer.port),
        );

        for (host, origin, status) in [
            (Some(own.as_str()), None, 200),
            (Some(&local), None, 200),
            (Some(&own), Some("https://page.example"), 403),
            (Some("page.example"), None, 403),
            (Some("127.0.0.1"), None, 403),
            (None, None, 403),
        ] {
            let mut headers = http::HeaderMap::new();
            host.map(|host| headers.insert("host", host.parse().unwrap()));
            origin.map(|origin: &str| headers.insert("origin", origin.parse().unwrap()));
            let answer = issuer.answer(super::KEY_SET_PATH, &headers);
            assert_eq!(answer.status(), status, "{host:?} {origin:?}");
        }
    }

    #[tokio::test]
    async fn a_slow_client_of_the_issuer_is_disconnected() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let folder = tempfile::TempDir::new().unwrap();
        let issuer = std::sync::Arc::new(Issuer::open(folder.path()).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(issuer.serve(listener, Duration::from_millis(100)));

        for beginning in [&b""[..], b"GET /.well-known"] {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(beginning).await.unwrap();
            let mut answer = Vec::new();
            let closed = stream.read_to_end(&mut answer);
            let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
            assert!(closed.is_ok(), "{beginning:?} is held open");
        }
        serving.abort();
    }
}
