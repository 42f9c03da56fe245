//! A client that does not give up, and knows what it does not know.

use crate::history::{Answer, Body, Event, History, NEVER, Request};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use local::{Issuer, TokenRequest};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who keeps the shop: the only one who may change products and read all users.
pub const CLERK: &str = "clerk";

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// How long a request is tried again, which outlasts a restart of the front door.
const PERSISTENCE: Duration = Duration::from_secs(120);

/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_millis(1500);

/// A client of a store at a URL.
#[derive(Debug)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    url: String,
    issuer: Arc<Issuer>,
    tokens: Mutex<HashMap<String, String>>,
    /// What has been asked and answered.
    pub history: History,
    sent: AtomicU64,
    unanswered: AtomicU64,
}

/// Why a try settles nothing.
#[derive(Debug)]
enum Unsettled {
    /// It has not happened.
    NotDone,
    /// It may have happened.
    Unknown {
        /// The store said that it failed, in the request of this id.
        failed: Option<String>,
    },
}

/// What repeated tries came to.
struct Settled {
    answer: Option<Answer>,
    tries: u32,
    failed: Vec<String>,
}

impl Client {
    /// A client with tokens of `issuer`.
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
            unanswered: AtomicU64::new(0),
        }
    }

    /// How many requests were sent, and how many of them had no answer that settles them.
    #[must_use]
    pub fn requests(&self) -> (u64, u64) {
        (
            self.sent.load(Ordering::Relaxed),
            self.unanswered.load(Ordering::Relaxed),
        )
    }

    /// Asks until the answer is known, if asking again can do no harm, and once otherwise. The event
    /// is in the history.
    pub async fn ask(&self, request: Request) -> Option<Answer> {
        let mut event = self.begin(request);
        let settled = self.settle(&event.request).await;
        event.take(settled);
        self.end(event)
    }

    /// Sends the same request twice at once. Both have the same key, so one thing happens.
    pub async fn ask_twice(&self, request: Request) -> Option<Answer> {
        let mut event = self.begin(request);
        let (one, other) =
            futures_util::future::join(self.settle(&event.request), self.settle(&event.request))
                .await;
        let success = |settled: &Settled| settled.answer.as_ref().is_some_and(Answer::is_success);
        let (first, second) = if success(&other) && !success(&one) {
            (other, one)
        } else {
            (one, other)
        };
        let unknown = second.answer.is_none() && !success(&first);
        event.failed.extend(second.failed);
        // A refusal says nothing about the other try.
        event
            .replays
            .extend(second.answer.filter(Answer::is_success));
        event.take(first);
        if unknown {
            event.answer = None;
        }
        self.end(event)
    }

    /// Sends a request that has succeeded again, and perhaps another one with its key.
    pub async fn replay(&self, request: &Request, other: Option<Request>) {
        let settled = self.settle(request).await;
        let reuse = match &other {
            Some(other) => self.settle(other).await.answer,
            None => None,
        };
        let mut events = self.history.lock();
        let event = events
            .iter_mut()
            .rev()
            .find(|event| event.request == *request);
        if let Some(event) = event {
            event.replays.extend(settled.answer);
            event.failed.extend(settled.failed);
            event.reuse = reuse.or(event.reuse.take());
        }
    }

    /// Sends once, whatever it is, and says what came: nothing when the connection was cut.
    pub async fn try_once(&self, request: &Request) -> Option<Answer> {
        self.send(request).await.ok()
    }

    /// A request that is about to be sent.
    pub(crate) fn begin(&self, request: Request) -> Event {
        Event {
            request,
            begun: self.history.tick(),
            ended: NEVER,
            answer: None,
            tries: 0,
            replays: Vec::new(),
            reuse: None,
            failed: Vec::new(),
        }
    }

    /// Puts what has ended into the history.
    pub(crate) fn end(&self, mut event: Event) -> Option<Answer> {
        if event.answer.is_some() {
            event.ended = self.history.tick();
        }
        let answer = event.answer.clone();
        self.history.add(event);
        answer
    }

    async fn settle(&self, request: &Request) -> Settled {
        let begun = Instant::now();
        let again = request.ask.only_reads() || request.key.is_some();
        let mut settled = Settled {
            answer: None,
            tries: 0,
            failed: Vec::new(),
        };
        let mut pause = Duration::from_millis(10);
        let mut unknown = false;
        while begun.elapsed() < PERSISTENCE {
            settled.tries += 1;
            match self.send(request).await {
                // A try whose answer is lost may still be on its way, and happen after this refusal.
                Ok(answer) if unknown && !answer.is_success() && !request.ask.only_reads() => break,
                Ok(answer) => {
                    settled.answer = Some(answer);
                    break;
                }
                Err(Unsettled::NotDone) => {}
                Err(Unsettled::Unknown { failed }) => {
                    // What fails so is a violation, and would fail again.
                    let again = again && failed.is_none();
                    settled.failed.extend(failed);
                    unknown = true;
                    if !again {
                        break;
                    }
                }
            }
            tokio::time::sleep(pause.mul_f64(fastrand::f64() + 0.5)).await;
            pause = (pause * 2).min(PAUSE);
        }
        settled
    }

    async fn send(&self, request: &Request) -> Result<Answer, Unsettled> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = self.exchange(request).await;
        if answer.is_err() {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, Unsettled> {
        let unknown = || Unsettled::Unknown { failed: None };
        let (method, target) = request.ask.target();
        let mut head = http::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.url))
            .header(
                "authorization",
                format!("Bearer {}", self.token(&request.who)),
            );
        if let Some(key) = &request.key {
            head = head.header("idempotency-key", key);
        }
        if let Some(version) = request.if_match {
            head = head.header("if-match", format!("\"{version}\""));
        }
        if let Some(version) = request.if_none_match {
            head = head.header("if-none-match", format!("\"{version}\""));
        }
        let body = request.ask.body().map(|body| body.to_string());
        if body.is_some() {
            let json = match method {
                "PATCH" => "application/merge-patch+json",
                _ => "application/json",
            };
            head = head.header("content-type", json);
        }
        let http = head
            .body(Full::from(body.unwrap_or_default()))
            .expect("targets and headers are made of plain characters");
        let answered = tokio::time::timeout(PATIENCE, self.http.request(http)).await;
        let (head, body) = match answered {
            Ok(Ok(response)) => response.into_parts(),
            Ok(Err(error)) if error.is_connect() => return Err(Unsettled::NotDone),
            Ok(Err(_)) | Err(_) => return Err(unknown()),
        };
        let body = tokio::time::timeout(PATIENCE, body.collect()).await;
        let Ok(Ok(body)) = body else {
            return Err(unknown());
        };
        let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        let status = head.status.as_u16();
        let header = |name: &str| text_of(&head.headers, name);
        let request_id = header("apigw-requestid").unwrap_or_default();
        let body = Answer::read(&request.ask, status, &text);
        match status {
            429 => return Err(Unsettled::NotDone),
            500.. => {
                let own = body == Body::Problem("internal".to_owned());
                let failed = own.then_some(request_id);
                return Err(Unsettled::Unknown { failed });
            }
            _ => {}
        }
        let tag = header("etag");
        Ok(Answer {
            status,
            version: tag.and_then(|tag| tag.trim_matches('"').parse().ok()),
            location: header("location"),
            replayed: header("idempotency-replayed").as_deref() == Some("true"),
            request_id,
            text,
            body,
        })
    }

    fn token(&self, who: &str) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(who) {
            return token.clone();
        }
        let scope = match who {
            CLERK => "users:read users:write products:write",
            _ => "",
        };
        let token = self.issuer.token(&TokenRequest {
            subject: who.to_owned(),
            scope: scope.to_owned(),
            audience: "local".to_owned(),
            issued_at: Timestamp::now(),
            expires_in: SignedDuration::from_hours(24),
        });
        let token = token.expect("the issuer's key has signed before");
        tokens.insert(who.to_owned(), token.clone());
        token
    }
}

/// The faults of a front door's database, over its endpoint.
#[derive(Debug, Clone)]
pub struct FaultsAt(pub String);

impl FaultsAt {
    /// How often each fault has happened; nothing when nobody answers.
    pub async fn counts(&self) -> HashMap<String, u64> {
        let state = self.call("GET", None).await;
        let counts = state.map(|mut state| state["counts"].take());
        counts
            .and_then(|counts| serde_json::from_value(counts).ok())
            .unwrap_or_default()
    }

    /// Sets the probabilities by name; those that are not named become 0. Says whether it was done.
    pub async fn set(&self, probabilities: &[(&str, f64)]) -> bool {
        let settings: HashMap<_, _> = probabilities.iter().copied().collect();
        self.call("PUT", Some(json!(settings))).await.is_some()
    }

    async fn call(&self, method: &str, body: Option<Value>) -> Option<Value> {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}/_faults", self.0))
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(body))
            .ok()?;
        let response = http.request(request).await.ok()?;
        let is_success = response.status().is_success();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        serde_json::from_slice(&body).ok().filter(|_| is_success)
    }
}

impl Event {
    fn take(&mut self, settled: Settled) {
        self.answer = settled.answer;
        self.tries += settled.tries;
        self.failed.extend(settled.failed);
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
