//! The Lambda Runtime API over HTTP (fact 9.1), on a loopback port of its own for each process.
//!
//! [`lifecycle`](crate::lifecycle) decides whether a call is allowed at the moment it comes.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustix::process::Pid;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    time::sleep,
};

use crate::{
    api_response::{self, ApiResponse, accepted, refusal},
    call_body::{self, Body},
    call_refusal::Refusal,
    delivery::Delivery,
    extensions_api::{self, FunctionMetadata},
    peer,
    runtime_call::{Answer, Call, ErrorReport},
};

const PREFIX: &str = "/2018-06-01/runtime/";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";

/// How long a connection may take to send its first request.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A port for a process that has not been started yet.
pub(crate) struct Endpoint {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// The Runtime API of one process. Dropping it closes the port and every connection.
pub(crate) struct RuntimeApi {
    server: Pin<Box<dyn Future<Output = Infallible> + Send>>,
}

impl Endpoint {
    /// Binds a free port.
    pub(crate) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Serves the processes of `group`, and returns the queue in which their calls arrive.
    pub(crate) fn serve(
        self,
        group: Pid,
        function: FunctionMetadata,
    ) -> (RuntimeApi, mpsc::UnboundedReceiver<Call>) {
        let (calls, queue) = mpsc::unbounded_channel();
        let port = Arc::new(Port {
            address: self.address,
            host: self.address.to_string(),
            group,
            function,
            calls,
        });
        let server = Box::pin(serve(self.listener, port));
        (RuntimeApi { server }, queue)
    }
}

impl RuntimeApi {
    /// Accepts and answers calls while it is polled, and never ends.
    ///
    /// It is not a task of its own: the environment's task has to act on every call, and waking
    /// another task, perhaps on another thread, is most of the cost of delivering an invocation.
    pub(crate) async fn serve(&mut self) -> Infallible {
        (&mut self.server).await
    }
}

/// What all connections of a port share.
struct Port {
    address: SocketAddr,
    /// The only `Host` that is accepted.
    host: String,
    group: Pid,
    function: FunctionMetadata,
    calls: mpsc::UnboundedSender<Call>,
}

async fn serve(listener: TcpListener, port: Arc<Port>) -> Infallible {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(()) = connections.next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => connections.push(connection(stream, client, Arc::clone(&port))),
                // Most likely there are no file descriptors left; a pause lets others be closed.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, client: SocketAddr, port: Arc<Port>) {
    // Without this the second small packet of an answer waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let from_function = is_from_function(client, &port).await;
    let requested = AtomicBool::new(false);
    let service = service_fn(|request| {
        requested.store(true, Ordering::Relaxed);
        async { Ok::<_, Infallible>(respond(&port, from_function, request).await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .title_case_headers(true)
            .serve_connection(TokioIo::new(stream), service)
    );
    // The process closes connections when it likes, so errors are not reported.
    tokio::select! {
        _ = &mut connection => return,
        () = sleep(FIRST_REQUEST_TIMEOUT) => {}
    }
    if requested.load(Ordering::Relaxed) {
        let _ = connection.await;
    }
}

async fn is_from_function(client: SocketAddr, port: &Port) -> bool {
    let (server, group) = (port.address, port.group);
    let found = tokio::task::spawn_blocking(move || peer::is_in_group(client, server, group)).await;
    // Where the system does not say, the checks of the head are the only ones.
    found.ok().flatten().unwrap_or(true)
}

async fn respond(port: &Port, from_function: bool, request: Request<Incoming>) -> ApiResponse {
    let (parts, body) = request.into_parts();
    if !from_function || !has_runtime_head(&parts, &port.host) {
        let mut response = refusal(&Refusal::FOREIGN_CALLER);
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    let path = parts.uri.path();
    if let Some(path) = path.strip_prefix(PREFIX) {
        respond_to_runtime(path, &parts, body, &port.calls).await
    } else if let Some(path) = path.strip_prefix(extensions_api::PREFIX) {
        let send = |call| send(&port.calls, Call::Extension(call));
        extensions_api::respond(path, &parts, body, &port.function, send).await
    } else {
        api_response::status(StatusCode::NOT_FOUND)
    }
}

/// Returns whether a head may come from a runtime. A web page cannot leave out `Origin` or
/// `Sec-Fetch-*`, and a name that was rebound to this address is in its `Host`.
fn has_runtime_head(parts: &Parts, host: &str) -> bool {
    let mut names = parts.headers.keys().map(http::HeaderName::as_str);
    let from_page = names.any(|name| name == "origin" || name.starts_with("sec-fetch-"));
    !from_page
        && parts
            .headers
            .get(header::HOST)
            .is_some_and(|value| value == host)
}

async fn respond_to_runtime(
    path: &str,
    parts: &Parts,
    body: Incoming,
    calls: &mpsc::UnboundedSender<Call>,
) -> ApiResponse {
    let segments: Vec<&str> = path.split('/').collect();
    let expected = match segments.as_slice() {
        ["invocation", "next"] => Method::GET,
        ["invocation", _, "response" | "error"] | ["init", "error"] => Method::POST,
        _ => return api_response::status(StatusCode::NOT_FOUND),
    };
    if parts.method != expected {
        return api_response::status(StatusCode::METHOD_NOT_ALLOWED);
    }
    match segments.as_slice() {
        ["invocation", id, "response"] => {
            let answer = match parts.headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes) {
                None | Some(b"streaming") => read_answer(body).await,
                Some(_) => Answer::InvalidMode,
            };
            let mut response = accepted(forward(calls, id, answer).await);
            if parts.headers.contains_key(RESPONSE_MODE) {
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
        ["invocation", id, "error"] => {
            let answer = match read_report(&parts.headers, body).await {
                Ok(report) => Answer::Error(report),
                Err(answer) => answer,
            };
            accepted(forward(calls, id, answer).await)
        }
        ["init", "error"] => match read_report(&parts.headers, body).await {
            Ok(report) => accepted(ask(calls, |reply| Call::InitError { report, reply }).await),
            Err(answer) => accepted(answer.refusal().map_or(Ok(()), Err)),
        },
        _ => match ask(calls, Call::Next).await {
            Ok(delivery) => deliver(delivery),
            Err(refused) => refusal(&refused),
        },
    }
}

/// Passes an answer on. An answer that is not valid ends the invocation all the same.
async fn forward(
    calls: &mpsc::UnboundedSender<Call>,
    id: &str,
    answer: Answer,
) -> Result<(), Refusal> {
    let refused = answer.refusal();
    let id = id.to_owned();
    ask(calls, |reply| Call::Answer { id, answer, reply }).await?;
    refused.map_or(Ok(()), Err)
}

async fn ask<T>(
    calls: &mpsc::UnboundedSender<Call>,
    call: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Call,
) -> Result<T, Refusal> {
    let (reply, response) = oneshot::channel();
    send(calls, call(reply))?;
    response.await.unwrap_or(Err(Refusal::ENDED))
}

fn send(calls: &mpsc::UnboundedSender<Call>, call: Call) -> Result<(), Refusal> {
    calls.send(call).map_err(|_| Refusal::ENDED)
}

fn deliver(delivery: Delivery) -> ApiResponse {
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
        // A trace id that is not a valid header value is left out.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Reads an answer. A stream is collected, as Lambda does for a caller that did not ask for one;
/// an error in its trailers replaces it.
async fn read_answer(body: Incoming) -> Answer {
    match call_body::read(body).await {
        Body::Complete(payload, trailers) if !trailers.contains_key(ERROR_TYPE) => {
            Answer::Payload(payload)
        }
        Body::Complete(_, trailers) => Answer::Error(ErrorReport {
            error_type: text(&trailers, ERROR_TYPE),
            payload: trailers
                .get(ERROR_BODY)
                .and_then(|value| STANDARD.decode(value).ok())
                .map(Bytes::from)
                .unwrap_or_default(),
        }),
        Body::TooLarge => Answer::TooLarge,
        Body::Truncated => Answer::Truncated,
    }
}

async fn read_report(headers: &HeaderMap, body: Incoming) -> Result<ErrorReport, Answer> {
    match call_body::read(body).await {
        Body::Complete(payload, _) => Ok(ErrorReport {
            error_type: text(headers, ERROR_TYPE),
            payload,
        }),
        Body::TooLarge => Err(Answer::TooLarge),
        Body::Truncated => Err(Answer::Truncated),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
