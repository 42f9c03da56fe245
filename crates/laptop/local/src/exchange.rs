//! One request from its first byte to its last: read, decided, invoked, answered, logged.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use dynamodb_host::Faults;
use gateway::{
    Answer, Decision, HttpApi, Invocation, Outcome, Refusal, Request, Timestamp, limits,
};
use http::{
    HeaderMap, HeaderValue, Response, Version,
    header::{CONNECTION, CONTENT_LENGTH, HOST},
    request::Parts,
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use lambda_host::{Host, InvokeOutcome};
use uuid::Uuid;

use crate::{access_log::Access, fetch::Fetcher, output::Output};

/// As often as one request may wait for documents of the identity provider: discovery, keys, and
/// once more of both when they go stale in between.
const FETCHES: usize = 4;

/// What every request needs.
#[derive(Debug)]
pub(crate) struct Exchange {
    api: RwLock<Arc<HttpApi>>,
    host: Arc<Host>,
    fetcher: Fetcher,
    output: Output,
    /// How long a client may take to send a body.
    body_timeout: Duration,
    faults: Faults,
}

/// The client is to be left without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(crate) struct Cut;

/// What became of a request, for client and log.
struct Done {
    answer: Answer,
    function: Option<String>,
}

impl Exchange {
    pub(crate) fn new(
        api: HttpApi,
        host: Arc<Host>,
        fetcher: Fetcher,
        output: Output,
        body_timeout: Duration,
        faults: Faults,
    ) -> Self {
        Self {
            api: RwLock::new(Arc::new(api)),
            host,
            fetcher,
            output,
            body_timeout,
            faults,
        }
    }

    /// New requests meet this API; those under way finish with the old one.
    pub(crate) fn replace_api(&self, api: HttpApi) {
        *self.api.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(api);
    }

    fn api(&self) -> Arc<HttpApi> {
        Arc::clone(&self.api.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a request. It runs to its end even when the client is gone, as in Lambda, and a panic
    /// in it is this request's alone.
    pub(crate) async fn answer(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Full<Bytes>>, Cut> {
        let begun = Instant::now();
        let id = Uuid::new_v4();
        let keeps_alive = keeps_alive(&request);
        let (head, body) = request.into_parts();
        let (method, path) = (head.method.clone(), head.uri.path().to_owned());
        let this = Arc::clone(&self);
        let done = tokio::spawn(async move { this.consider(id, head, body, peer).await });
        let done = done.await.unwrap_or_else(|_| Done {
            answer: self.api().refuse(&Refusal::Internal, id),
            function: None,
        });
        let response = done.answer.response;
        let request_id = response.headers().get("apigw-requestid");
        Access {
            method: &method,
            path: &path,
            status: response.status(),
            took: begun.elapsed(),
            request_id: request_id
                .and_then(|id| id.to_str().ok())
                .unwrap_or_default(),
            function: done.function.as_deref(),
            reason: done.answer.reason.as_deref(),
        }
        .write(&self.output);
        if done.function.is_some() && self.faults.cuts_client() {
            return Err(Cut);
        }
        let mut response = response.map(Full::new);
        if keeps_alive {
            // API Gateway says so though HTTP/1.1 means it anyway.
            let keep_alive = HeaderValue::from_static("keep-alive");
            response.headers_mut().insert(CONNECTION, keep_alive);
        }
        Ok(response)
    }

    async fn consider(&self, id: Uuid, head: Parts, body: Incoming, peer: IpAddr) -> Done {
        let api = self.api();
        let read = if names_one_host(&head) {
            self.read(&head.headers, body).await
        } else {
            Err(Refusal::BadRequest)
        };
        let body = match read {
            Ok(body) => body,
            Err(refusal) => {
                return Done {
                    answer: api.refuse(&refusal, id),
                    function: None,
                };
            }
        };
        let request = request(id, head, body, peer);
        for _ in 0..=FETCHES {
            match api.receive(&request, Timestamp::now()) {
                Decision::Answer(answer) => {
                    return Done {
                        answer,
                        function: None,
                    };
                }
                Decision::Fetch(document) => self.fetcher.supply(&api, &document).await,
                Decision::Invoke(invocation) => {
                    let outcome = self.invoke(&invocation).await;
                    return Done {
                        answer: api.answer(&invocation, outcome),
                        function: Some(invocation.integration),
                    };
                }
            }
        }
        Done {
            answer: api.refuse(&Refusal::Internal, id),
            function: None,
        }
    }

    async fn read(&self, headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refusal> {
        let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let length = length.and_then(|length| length.parse::<usize>().ok());
        if length.is_some_and(|length| length > limits::BODY) {
            return Err(Refusal::RequestTooLarge);
        }
        let body = Limited::new(body, limits::BODY).collect();
        match tokio::time::timeout(self.body_timeout, body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::RequestTooLarge),
            // It broke off, was chunked wrongly, or took too long.
            Ok(Err(_)) | Err(_) => Err(Refusal::BadRequest),
        }
    }

    async fn invoke(&self, invocation: &Invocation) -> Outcome {
        let invoked = self.host.invoke(
            &invocation.integration,
            invocation.payload.clone(),
            Some(&invocation.trace_id),
        );
        match tokio::time::timeout(invocation.timeout, invoked).await {
            Err(_) => Outcome::TimedOut,
            Ok(InvokeOutcome::Payload(payload)) => Outcome::Payload(payload),
            Ok(InvokeOutcome::FunctionError(_)) => Outcome::FunctionError,
            Ok(InvokeOutcome::Throttled(_)) => Outcome::Throttled,
            Ok(InvokeOutcome::RequestTooLarge) => Outcome::RequestTooLarge,
            Ok(InvokeOutcome::NotFound) => Outcome::NotInvocable,
        }
    }
}

/// HTTP/1.1 asks for exactly one `Host`, and the event has room for one.
fn names_one_host(head: &Parts) -> bool {
    let hosts = head.headers.get_all(HOST).iter().count();
    hosts == 1 || (hosts == 0 && head.version != Version::HTTP_11)
}

fn keeps_alive(request: &http::Request<Incoming>) -> bool {
    let closes = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        value
            .split(',')
            .any(|v| v.trim().eq_ignore_ascii_case("close"))
    };
    let headers = request.headers();
    request.version() == Version::HTTP_11 && !headers.get_all(CONNECTION).iter().any(closes)
}

fn request(id: Uuid, head: Parts, body: Bytes, source_ip: IpAddr) -> Request {
    let mut headers = head.headers;
    let uri = head.uri;
    if head.version == Version::HTTP_2
        && let Some(authority) = uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    let target = match (head.version, uri.path_and_query()) {
        // HTTP/1.1 sends scheme and host here only in the absolute form, which the gateway reads.
        (Version::HTTP_2, Some(path)) => path.to_string(),
        _ => uri.to_string(),
    };
    Request {
        id,
        method: head.method,
        target: Bytes::from(target),
        headers,
        body,
        source_ip,
    }
}
