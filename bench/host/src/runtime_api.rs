//! The Lambda Runtime API, for one function: it hands out a list of events, and notes when.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{net::TcpListener, sync::Notify};

use crate::Failure;

/// The deadline of each invocation. Long, because a function under callgrind is fifty times slower.
const TIMEOUT: Duration = Duration::from_secs(600);

/// What the function did.
#[derive(Default)]
pub(crate) struct Observed {
    /// When it asked for its first event.
    pub(crate) first_next: Option<Instant>,
    /// From each event to its response.
    pub(crate) durations: Vec<Duration>,
    /// When the last event was handed out.
    handed_out: Option<Instant>,
    /// A response that is not a success, if there was one.
    pub(crate) refusal: Option<String>,
}

/// The fields of a response that tell whether the handler succeeded.
#[derive(Deserialize)]
struct Outcome {
    #[serde(rename = "statusCode")]
    status: Option<u16>,
}

/// The state of the API.
pub(crate) struct RuntimeApi {
    events: Vec<Bytes>,
    observed: Mutex<Observed>,
    /// Notified when the function waits: for its first event, for its second, and after the last.
    pub(crate) waiting: Notify,
    /// Hands out the event for which the function waits.
    pub(crate) proceed: Notify,
}

impl RuntimeApi {
    /// Serves `events` on a free loopback port until the runtime ends; returns the address.
    pub(crate) async fn serve(events: Vec<Bytes>) -> Result<(Arc<Self>, String), Failure> {
        let api = Arc::new(Self {
            events,
            observed: Mutex::default(),
            waiting: Notify::new(),
            proceed: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let served = Arc::clone(&api);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let api = Arc::clone(&served);
                tokio::spawn(async move {
                    stream.set_nodelay(true)?;
                    let service = service_fn(|request| api.respond(request));
                    // The function may end at any time, and with it the connection.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Ok((api, address))
    }

    /// Returns what the function did so far.
    pub(crate) fn take(&self) -> Observed {
        std::mem::take(
            &mut self
                .observed
                .lock()
                .expect("no thread panics with the lock"),
        )
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let path = request.uri().path().to_owned();
        if path.ends_with("/invocation/next") {
            return Ok(self.next().await);
        }
        let body = request.into_body().collect().await?.to_bytes();
        let now = Instant::now();
        let mut observed = self
            .observed
            .lock()
            .expect("no thread panics with the lock");
        let begun = observed.handed_out.take();
        observed.durations.extend(begun.map(|begun| now - begun));
        let outcome: Option<Outcome> = serde_json::from_slice(&body).ok();
        let status = outcome.and_then(|outcome| outcome.status);
        if !path.ends_with("/response") || status.is_none_or(|status| status >= 400) {
            let text = String::from_utf8_lossy(&body);
            observed.refusal.get_or_insert(format!("{path}: {text}"));
        }
        drop(observed);
        let response = Response::builder().status(202).body(Full::from("{}"));
        Ok(response.expect("the response is valid"))
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let index = {
            let mut observed = self
                .observed
                .lock()
                .expect("no thread panics with the lock");
            observed.first_next.get_or_insert_with(Instant::now);
            observed.durations.len()
        };
        let event = self.events.get(index);
        if index < 2 || event.is_none() {
            self.waiting.notify_one();
            self.proceed.notified().await;
        }
        let Some(event) = event else {
            return std::future::pending().await;
        };
        let deadline = (SystemTime::now() + TIMEOUT).duration_since(UNIX_EPOCH);
        let deadline = deadline.expect("the clock is after 1970").as_millis();
        let response = Response::builder()
            .header(
                "lambda-runtime-aws-request-id",
                format!("8476a536-e9f4-11e8-9739-{index:012}"),
            )
            .header("lambda-runtime-deadline-ms", deadline.to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:000000000000:function:f",
            )
            .header("content-type", "application/json")
            .body(Full::from(event.clone()));
        self.observed
            .lock()
            .expect("no thread panics with the lock")
            .handed_out = Some(Instant::now());
        response.expect("the headers are valid")
    }
}
