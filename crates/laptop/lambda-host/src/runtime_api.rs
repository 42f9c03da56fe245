//! The Lambda Runtime API (fact 9.1): HTTP on a loopback port of its own for each process, because
//! a process finds it by `AWS_LAMBDA_RUNTIME_API=host:port` and says in no other way who it is.
//!
//! This module speaks HTTP. What a call means at the moment it comes is judged in
//! [`process`](crate::process).

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};
use uuid::Uuid;

use crate::PAYLOAD_LIMIT;

const PREFIX: &str = "/2018-06-01/runtime/";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";

/// One process's Runtime API. Dropping it closes the port and every connection.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    server: Pin<Box<dyn Future<Output = Infallible> + Send>>,
}

/// What the process asks for, and where the answer goes.
pub(crate) enum Call {
    /// `GET invocation/next`
    Next(oneshot::Sender<Result<Delivery, Refusal>>),
    /// `POST invocation/{id}/response` or `…/error`
    Answer {
        id: String,
        answer: Answer,
        verdict: oneshot::Sender<Result<(), Refusal>>,
    },
    /// `POST init/error`
    InitError {
        report: ErrorReport,
        verdict: oneshot::Sender<Result<(), Refusal>>,
    },
}

/// A request on its way to the process.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) request_id: Uuid,
    pub(crate) deadline_ms: u128,
    pub(crate) arn: String,
    pub(crate) trace_id: String,
    pub(crate) payload: Bytes,
}

/// What the process made of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Payload(Bytes),
    Error(ErrorReport),
    TooLarge,
    InvalidMode,
    Truncated,
}

/// An error in the function's own words.
#[derive(Debug)]
pub(crate) struct ErrorReport {
    pub(crate) error_type: Option<String>,
    pub(crate) payload: Bytes,
}

/// Why a call is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    InvalidRequestId,
    InvalidResponseMode,
    InvalidStateTransition,
    TooLarge,
    Truncated,
    /// The environment has ended.
    Gone,
}

impl RuntimeApi {
    /// Opens a port, and the queue in which the process's calls arrive.
    pub(crate) async fn open() -> io::Result<(Self, mpsc::UnboundedReceiver<Call>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (calls, queue) = mpsc::unbounded_channel();
        let server = Box::pin(serve(listener, calls));
        Ok((Self { address, server }, queue))
    }

    /// Accepts and answers calls while it is polled, and never ends.
    ///
    /// Not a task of its own: the environment's task has to act on every call anyway, and waking
    /// another one, perhaps on another thread, is most of what handing over a request would cost.
    pub(crate) async fn serve(&mut self) -> Infallible {
        (&mut self.server).await
    }
}

async fn serve(listener: TcpListener, calls: mpsc::UnboundedSender<Call>) -> Infallible {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(()) = connections.next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connections.push(connection(stream, calls.clone())),
                // Out of file descriptors, most likely: leave the others time to return some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, calls: mpsc::UnboundedSender<Call>) {
    // Without this the second small packet of an answer waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(|request| async { Ok::<_, Infallible>(answer(&calls, request).await) });
    // A connection that breaks is the process's end or its business.
    let _ = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    calls: &mpsc::UnboundedSender<Call>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Some(path) = parts.uri.path().strip_prefix(PREFIX) else {
        return status(StatusCode::NOT_FOUND);
    };
    let segments: Vec<&str> = path.split('/').collect();
    let expected = match segments.as_slice() {
        ["invocation", "next"] => Method::GET,
        ["invocation", _, "response" | "error"] | ["init", "error"] => Method::POST,
        _ => return status(StatusCode::NOT_FOUND),
    };
    if parts.method != expected {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }

    match segments.as_slice() {
        ["invocation", id, "response"] => {
            let answer = match parts.headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes) {
                None | Some(b"streaming") => read_answer(body).await,
                Some(_) => Answer::InvalidMode,
            };
            let streamed = parts.headers.contains_key(RESPONSE_MODE);
            let refused = answer.refusal();
            let id = (*id).to_owned();
            let outcome = ask(calls, |verdict| Call::Answer {
                id,
                answer,
                verdict,
            })
            .await;
            accepted(outcome.and(refused.map_or(Ok(()), Err)), streamed)
        }
        ["invocation", id, "error"] => {
            let answer = match read(body).await {
                Read::Whole(payload, _) => Answer::Error(ErrorReport {
                    error_type: text(&parts.headers, ERROR_TYPE),
                    payload,
                }),
                Read::TooLarge => Answer::TooLarge,
                Read::Truncated => Answer::Truncated,
            };
            let refused = answer.refusal();
            let id = (*id).to_owned();
            let outcome = ask(calls, |verdict| Call::Answer {
                id,
                answer,
                verdict,
            })
            .await;
            accepted(outcome.and(refused.map_or(Ok(()), Err)), false)
        }
        ["init", "error"] => {
            let payload = match read(body).await {
                Read::Whole(payload, _) => payload,
                Read::TooLarge => return refusal(Refusal::TooLarge),
                Read::Truncated => return refusal(Refusal::Truncated),
            };
            let report = ErrorReport {
                error_type: text(&parts.headers, ERROR_TYPE),
                payload,
            };
            accepted(
                ask(calls, |verdict| Call::InitError { report, verdict }).await,
                false,
            )
        }
        _ => match ask(calls, Call::Next).await {
            Ok(delivery) => deliver(delivery),
            Err(refused) => refusal(refused),
        },
    }
}

async fn ask<T>(
    calls: &mpsc::UnboundedSender<Call>,
    call: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Call,
) -> Result<T, Refusal> {
    let (sender, receiver) = oneshot::channel();
    calls.send(call(sender)).map_err(|_| Refusal::Gone)?;
    receiver.await.unwrap_or(Err(Refusal::Gone))
}

fn deliver(delivery: Delivery) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(delivery.payload));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            delivery.request_id.to_string(),
        ),
        (
            "lambda-runtime-deadline-ms",
            delivery.deadline_ms.to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", delivery.arn),
        ("lambda-runtime-trace-id", delivery.trace_id),
    ] {
        // A trace id that no header can carry stays out, as it does at Lambda's own door.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

impl Answer {
    /// The reply to an answer of this kind.
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Payload(_) | Self::Error(_) => None,
            Self::TooLarge => Some(Refusal::TooLarge),
            Self::InvalidMode => Some(Refusal::InvalidResponseMode),
            Self::Truncated => Some(Refusal::Truncated),
        }
    }
}

/// An answer in streaming mode is gathered like any other, as it is for a caller who did not ask
/// for a stream; an error in its trailers takes its place.
async fn read_answer(body: Incoming) -> Answer {
    match read(body).await {
        Read::Whole(payload, trailers) if !trailers.contains_key(ERROR_TYPE) => {
            Answer::Payload(payload)
        }
        Read::Whole(_, trailers) => Answer::Error(ErrorReport {
            error_type: text(&trailers, ERROR_TYPE),
            payload: trailers
                .get(ERROR_BODY)
                .and_then(decoded)
                .unwrap_or_default(),
        }),
        Read::TooLarge => Answer::TooLarge,
        Read::Truncated => Answer::Truncated,
    }
}

fn decoded(value: &HeaderValue) -> Option<Bytes> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(value).ok().map(Bytes::from)
}

enum Read {
    Whole(Bytes, HeaderMap),
    TooLarge,
    Truncated,
}

/// Reads to the end even what is too large: a client that is still writing would miss the answer.
async fn read(mut body: Incoming) -> Read {
    let mut bytes = BytesMut::new();
    let mut trailers = HeaderMap::new();
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Read::Truncated;
        };
        match frame.into_data() {
            Ok(data) if bytes.len() + data.len() > PAYLOAD_LIMIT => {
                too_large = true;
                bytes.clear();
            }
            Ok(data) if !too_large => bytes.extend_from_slice(&data),
            Ok(_) => {}
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    if too_large {
        Read::TooLarge
    } else {
        Read::Whole(bytes.freeze(), trailers)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn accepted(outcome: Result<(), Refusal>, close: bool) -> Response<Full<Bytes>> {
    let mut response = match outcome {
        Ok(()) => json_response(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.to_owned()),
        Err(refused) => refusal(refused),
    };
    if close {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn refusal(refusal: Refusal) -> Response<Full<Bytes>> {
    let too_large = format!("Exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).");
    let (status, error_type, message) = match refusal {
        Refusal::InvalidRequestId => (
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        ),
        Refusal::InvalidResponseMode => (
            StatusCode::BAD_REQUEST,
            "InvalidFunctionResponseMode",
            "Invalid function response mode",
        ),
        Refusal::Truncated => (
            StatusCode::BAD_REQUEST,
            "TruncatedHTTPRequest",
            "HTTP request detected as truncated",
        ),
        Refusal::InvalidStateTransition => (
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "State transition is not allowed",
        ),
        Refusal::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            too_large.as_str(),
        ),
        Refusal::Gone => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "Internal Server Error",
        ),
    };
    // None of these needs escaping.
    let body = format!(r#"{{"errorMessage":"{message}","errorType":"{error_type}"}}"#);
    json_response(status, body)
}

fn json_response(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
