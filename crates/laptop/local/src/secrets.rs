//! Secrets Manager on this machine: `GetSecretValue` of the secrets that a function declares, with the
//! values of `--env-file`.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt, io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// A request has the name of a secret.
const LARGEST_REQUEST: usize = 64 * 1024;

/// How long a client may take for the head of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// The secrets that a caller may read, by name.
type Readable = BTreeMap<String, Option<String>>;

/// Serves secrets until it is dropped.
pub(crate) struct Secrets {
    endpoint: String,
    /// By session token, which only its function knows.
    callers: Arc<Mutex<BTreeMap<String, Readable>>>,
    server: JoinHandle<()>,
}

impl Secrets {
    /// Listens on a free loopback port.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let callers = Arc::default();
        let server = tokio::spawn(serve(listener, Arc::clone(&callers)));
        Ok(Self {
            endpoint,
            callers,
            server,
        })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Permits the caller with `session_token` to read `secrets`.
    pub(crate) fn admit(&self, session_token: &str, secrets: Readable) {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.insert(session_token.to_owned(), secrets);
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Tokens and secrets stay out of logs.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

async fn serve(listener: TcpListener, callers: Arc<Mutex<BTreeMap<String, Readable>>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let callers = Arc::clone(&callers);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let (head, body) = request.into_parts();
            let token = head.headers.get("x-amz-security-token");
            let token = token.and_then(|token| token.to_str().ok());
            let readable = token.and_then(|token| {
                let callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                callers.get(token).cloned()
            });
            async move { Ok::<_, Infallible>(answer(&head.headers, body, readable).await) }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    headers: &HeaderMap,
    body: Incoming,
    readable: Option<Readable>,
) -> Response<Full<Bytes>> {
    let Some(readable) = readable else {
        return refuse(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        );
    };
    let target = headers.get("x-amz-target").map(HeaderValue::as_bytes);
    if target != Some(b"secretsmanager.GetSecretValue") {
        return refuse(
            "UnknownOperationException",
            "cargo local serves GetSecretValue only.",
        );
    }
    let body = Limited::new(body, LARGEST_REQUEST).collect().await;
    let request = body
        .ok()
        .and_then(|body| serde_json::from_slice::<Value>(&body.to_bytes()).ok());
    let Some(id) = request
        .as_ref()
        .and_then(|request| request["SecretId"].as_str())
    else {
        return refuse("InvalidRequestException", "SecretId is missing.");
    };
    match readable.get(id) {
        None => refuse(
            "AccessDeniedException",
            &format!("The function does not declare the secret {id}."),
        ),
        Some(None) => refuse(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret. Give its value with --env-file.",
        ),
        Some(Some(value)) => respond(
            StatusCode::OK,
            &json!({
                "ARN": format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{id}-AbCdEf"),
                "Name": id,
                "SecretString": value,
                "VersionStages": ["AWSCURRENT"],
            }),
        ),
    }
}

fn refuse(kind: &str, message: &str) -> Response<Full<Bytes>> {
    let body = json!({ "__type": kind, "Message": message });
    respond(StatusCode::BAD_REQUEST, &body)
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
