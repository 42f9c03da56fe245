//! A client that retries, and records which outcomes are known.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use jiff::{SignedDuration, Timestamp};
use local::{Issuer, TokenRequest};

use crate::{
    history::{Event, History, NEVER},
    operation::Request,
    response::{Body, Response},
};

/// The only caller that may change products and read all users.
pub const CLERK: &str = "clerk";

const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// How long a request is retried: longer than a restart of the front door.
const RETRY_TIMEOUT: Duration = Duration::from_secs(120);

const LONGEST_PAUSE: Duration = Duration::from_millis(1500);

/// A client of the store at a URL.
#[derive(Debug)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    url: String,
    issuer: Arc<Issuer>,
    tokens: Mutex<HashMap<String, String>>,
    /// All requests and their outcomes.
    pub history: History,
    sent: AtomicU64,
    unsettled: AtomicU64,
}

/// Why the outcome of a request is not known.
#[derive(Debug)]
enum Unsettled {
    /// The request had no effect.
    NotDone,
    /// The request may have had an effect.
    Unknown {
        /// The id of the request, if the store returned an `internal` problem.
        failed: Option<String>,
    },
}

/// The outcome of a request and its retries.
#[derive(Default)]
struct Settled {
    response: Option<Response>,
    tries: u32,
    failed: Vec<String>,
}

impl Client {
    /// Returns a client that uses tokens of `issuer`.
    #[must_use]
    pub fn new(url: &str, issuer: Arc<Issuer>) -> Self {
        let http = HttpClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build_http();
        Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            issuer,
            tokens: Mutex::default(),
            history: History::default(),
            sent: AtomicU64::new(0),
            unsettled: AtomicU64::new(0),
        }
    }

    /// Returns how many requests were sent, and how many of them have an unknown outcome.
    #[must_use]
    pub fn requests(&self) -> (u64, u64) {
        (
            self.sent.load(Ordering::Relaxed),
            self.unsettled.load(Ordering::Relaxed),
        )
    }

    /// Sends a request, with retries if they are safe, and adds it to the history.
    pub async fn send(&self, request: Request) -> Option<Response> {
        let mut event = self.begin(request);
        let settled = self.settle(&event.request).await;
        event.settle(settled);
        self.end(event)
    }

    /// Sends a request twice concurrently. Both have the same key, so it takes effect once.
    pub async fn send_twice(&self, request: Request) -> Option<Response> {
        let mut event = self.begin(request);
        let (one, other) =
            futures_util::future::join(self.settle(&event.request), self.settle(&event.request))
                .await;
        let success =
            |settled: &Settled| settled.response.as_ref().is_some_and(Response::is_success);
        let (first, second) = if success(&other) && !success(&one) {
            (other, one)
        } else {
            (one, other)
        };
        let unknown = second.response.is_none() && !success(&first);
        event.failed.extend(second.failed);
        // A refusal says nothing about the other request.
        event
            .replays
            .extend(second.response.filter(Response::is_success));
        event.settle(first);
        if unknown {
            event.response = None;
        }
        self.end(event)
    }

    /// Repeats a successful request, and then sends `other` with the same key.
    pub async fn replay(&self, request: &Request, other: Option<Request>) {
        let settled = self.settle(request).await;
        let reuse = match &other {
            Some(other) => self.settle(other).await.response,
            None => None,
        };
        let mut events = self.history.lock();
        let event = events
            .iter_mut()
            .rev()
            .find(|event| event.request == *request);
        if let Some(event) = event {
            event.replays.extend(settled.response);
            event.failed.extend(settled.failed);
            event.reuse = reuse.or(event.reuse.take());
        }
    }

    /// Sends a request without retries and without the history.
    pub async fn send_once(&self, request: &Request) -> Option<Response> {
        self.exchange(request).await.ok()
    }

    pub(crate) fn begin(&self, request: Request) -> Event {
        Event {
            request,
            begun: self.history.tick(),
            ended: NEVER,
            response: None,
            tries: 0,
            replays: Vec::new(),
            reuse: None,
            failed: Vec::new(),
        }
    }

    /// Adds an event to the history.
    pub(crate) fn end(&self, mut event: Event) -> Option<Response> {
        if event.response.is_some() {
            event.ended = self.history.tick();
        }
        let response = event.response.clone();
        self.history.add(event);
        response
    }

    async fn settle(&self, request: &Request) -> Settled {
        let begun = Instant::now();
        let is_read = request.operation.is_read();
        let can_retry = is_read || request.key.is_some();
        let mut settled = Settled::default();
        let mut pause = Duration::from_millis(10);
        let mut unknown = false;
        while begun.elapsed() < RETRY_TIMEOUT {
            settled.tries += 1;
            match self.exchange(request).await {
                // An earlier try without a response may still take effect after this refusal.
                Ok(response) if unknown && !response.is_success() && !is_read => break,
                Ok(response) => {
                    settled.response = Some(response);
                    break;
                }
                Err(Unsettled::NotDone) => {}
                Err(Unsettled::Unknown { failed }) => {
                    // An `internal` problem is a violation; a retry would return it again.
                    let can_retry = can_retry && failed.is_none();
                    settled.failed.extend(failed);
                    unknown = true;
                    if !can_retry {
                        break;
                    }
                }
            }
            tokio::time::sleep(pause.mul_f64(fastrand::f64() + 0.5)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        settled
    }

    async fn exchange(&self, request: &Request) -> Result<Response, Unsettled> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let exchange = tokio::time::timeout(REQUEST_TIMEOUT, self.http.request(self.http(request)));
        let outcome = match exchange.await {
            Ok(Ok(response)) => read(request, response).await,
            Ok(Err(error)) if error.is_connect() => Err(Unsettled::NotDone),
            Ok(Err(_)) | Err(_) => Err(Unsettled::Unknown { failed: None }),
        };
        if outcome.is_err() {
            self.unsettled.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    fn http(&self, request: &Request) -> http::Request<Full<Bytes>> {
        let method = request.operation.method();
        let tag = |version| format!("\"{version}\"");
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = request.operation.body().map(|body| body.to_string());
        let token = self.token(&request.caller);
        let headers = [
            ("authorization", Some(format!("Bearer {token}"))),
            (
                "content-type",
                body.is_some().then(|| content_type.to_owned()),
            ),
            ("idempotency-key", request.key.clone()),
            ("if-match", request.if_match.map(tag)),
            ("if-none-match", request.if_none_match.map(tag)),
        ];
        let mut http = http::Request::builder().method(method).uri(format!(
            "{}{}",
            self.url,
            request.operation.target()
        ));
        for (name, value) in headers {
            if let Some(value) = value {
                http = http.header(name, value);
            }
        }
        http.body(Full::from(body.unwrap_or_default()))
            .expect("targets and headers contain only ASCII letters, digits and punctuation")
    }

    fn token(&self, caller: &str) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(caller) {
            return token.clone();
        }
        let scope = match caller {
            CLERK => "users:read users:write products:write",
            _ => "",
        };
        let token = self.issuer.token(&TokenRequest {
            subject: caller.to_owned(),
            scope: scope.to_owned(),
            audience: "local".to_owned(),
            issued_at: Timestamp::now(),
            expires_in: SignedDuration::from_hours(24),
        });
        let token = token.expect("the issuer's key can sign, as it was checked when it was read");
        tokens.insert(caller.to_owned(), token.clone());
        token
    }
}

/// Reads the response to `request`.
async fn read(
    request: &Request,
    response: http::Response<impl BodyExt>,
) -> Result<Response, Unsettled> {
    let (head, body) = response.into_parts();
    let body = tokio::time::timeout(REQUEST_TIMEOUT, body.collect()).await;
    let Ok(Ok(body)) = body else {
        return Err(Unsettled::Unknown { failed: None });
    };
    let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let status = head.status.as_u16();
    let header = |name| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
    // The header of an HTTP API, or of a REST API.
    let request_id = header("apigw-requestid").or_else(|| header("x-amzn-requestid"));
    let request_id = request_id.unwrap_or_default();
    let body = Body::parse(&request.operation, status, &text);
    match status {
        429 => return Err(Unsettled::NotDone),
        500.. => {
            let is_internal = body == Body::Problem("internal".to_owned());
            let failed = is_internal.then_some(request_id);
            return Err(Unsettled::Unknown { failed });
        }
        _ => {}
    }
    Ok(Response {
        status,
        version: header("etag").and_then(|tag| tag.trim_matches('"').parse().ok()),
        location: header("location"),
        replayed: header("idempotency-replayed").as_deref() == Some("true"),
        request_id,
        text,
        body,
    })
}

impl Event {
    fn settle(&mut self, settled: Settled) {
        self.response = settled.response;
        self.tries += settled.tries;
        self.failed.extend(settled.failed);
    }
}
