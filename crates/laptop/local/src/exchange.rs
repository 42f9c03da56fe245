//! Handles one request: asks the gateway, reads the body, invokes the function, responds, logs.

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
    HeaderValue, Response, Version,
    header::{CONNECTION, HOST},
    request::Parts,
};
use http_body_util::Full;
use hyper::body::Incoming;
use lambda_host::{Host, InvokeOutcome};
use uuid::Uuid;

use crate::{access_log::Access, fetch::Fetcher, output::Output, request_body::RequestBody};

/// How many documents of the identity provider one request may wait for: discovery and keys, and both
/// again if they expire meanwhile.
const FETCHES: usize = 4;

/// Handles the requests of all connections.
#[derive(Debug)]
pub(crate) struct Exchange {
    api: RwLock<Arc<HttpApi>>,
    host: Arc<Host>,
    fetcher: Fetcher,
    output: Output,
    /// How long a client may take to send a body.
    body_timeout: Duration,
    faults: Faults,
    /// The function that is debugged. Its requests have no time-out.
    debugged: Option<String>,
}

/// The error that makes hyper close a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("an injected fault closes the connection")]
pub(crate) struct Cut;

/// The outcome of a request, for the client and the log.
struct Done {
    answer: Answer,
    /// The function that was invoked.
    function: Option<String>,
    keeps_alive: bool,
}

impl Done {
    fn read(answer: Answer, function: Option<String>) -> Self {
        Self {
            answer,
            function,
            keeps_alive: true,
        }
    }

    /// `answer` does not need the body.
    fn unread(answer: Answer, body: RequestBody) -> Self {
        let keeps_alive = !body.closes_if_unread();
        body.discard();
        Self {
            answer,
            function: None,
            keeps_alive,
        }
    }
}

impl Exchange {
    pub(crate) fn new(
        api: HttpApi,
        host: Arc<Host>,
        fetcher: Fetcher,
        output: Output,
        body_timeout: Duration,
        faults: Faults,
        debugged: Option<String>,
    ) -> Self {
        Self {
            api: RwLock::new(Arc::new(api)),
            host,
            fetcher,
            output,
            body_timeout,
            faults,
            debugged,
        }
    }

    /// Uses `api` for new requests. Requests in progress finish with the old one.
    pub(crate) fn replace_api(&self, api: HttpApi) {
        *self.api.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(api);
    }

    fn api(&self) -> Arc<HttpApi> {
        Arc::clone(&self.api.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a request. The request is completed even if the client disconnects, as in Lambda. A panic
    /// affects no other request.
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
        let done = tokio::spawn(async move { this.exchange(id, head, body, peer).await });
        let done = done
            .await
            .unwrap_or_else(|_| Done::read(self.api().refuse(&Refusal::Internal, id), None));
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
        if keeps_alive && done.keeps_alive {
            // API Gateway sends it, although it is the default of HTTP/1.1.
            let keep_alive = HeaderValue::from_static("keep-alive");
            response.headers_mut().insert(CONNECTION, keep_alive);
        }
        Ok(response)
    }

    async fn exchange(&self, id: Uuid, head: Parts, body: Incoming, peer: IpAddr) -> Done {
        let api = self.api();
        let body = RequestBody::new(&head, body, self.body_timeout);
        if !names_one_host(&head) {
            return Done::unread(api.refuse(&Refusal::BadRequest, id), body);
        }
        let request = request(id, head, peer);
        for _ in 0..=FETCHES {
            match api.receive(&request, Timestamp::now()) {
                Decision::Answer(answer) => return Done::unread(answer, body),
                Decision::Fetch(document) => self.fetcher.supply(&api, &document).await,
                Decision::Body(accepted) => {
                    let body = match body.read().await {
                        Ok(body) => body,
                        Err(refusal) => return Done::read(api.refuse(&refusal, id), None),
                    };
                    return match api.invoke(*accepted, &request, &body, Timestamp::now()) {
                        Ok(invocation) => {
                            let outcome = self.invoke(&invocation).await;
                            let answer = api.answer(&invocation, outcome);
                            Done::read(answer, Some(invocation.integration))
                        }
                        Err(answer) => Done::read(*answer, None),
                    };
                }
            }
        }
        Done::unread(api.refuse(&Refusal::Internal, id), body)
    }

    async fn invoke(&self, invocation: &Invocation) -> Outcome {
        let invoked = self.host.invoke(
            &invocation.integration,
            invocation.payload.clone(),
            Some(&invocation.trace_id),
        );
        let outcome = if self.debugged.as_ref() == Some(&invocation.integration) {
            invoked.await
        } else {
            match tokio::time::timeout(limits::INTEGRATION_TIMEOUT, invoked).await {
                Ok(outcome) => outcome,
                Err(_) => return Outcome::TimedOut,
            }
        };
        match outcome {
            InvokeOutcome::Payload(payload) => Outcome::Payload(payload),
            InvokeOutcome::FunctionError(_) => Outcome::FunctionError,
            InvokeOutcome::Throttled(_) => Outcome::Throttled,
            InvokeOutcome::RequestTooLarge => Outcome::RequestTooLarge,
            InvokeOutcome::NotFound => Outcome::NotInvocable,
        }
    }
}

/// Returns whether the request has exactly one `Host`, which HTTP/1.1 requires.
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

fn request(id: Uuid, head: Parts, source_ip: IpAddr) -> Request {
    let mut headers = head.headers;
    let uri = head.uri;
    if head.version == Version::HTTP_2
        && let Some(authority) = uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    let target = match (head.version, uri.path_and_query()) {
        // Over HTTP/1.1, only the absolute form has a scheme and a host, and the gateway parses it.
        (Version::HTTP_2, Some(path)) => path.to_string(),
        _ => uri.to_string(),
    };
    Request {
        id,
        method: head.method,
        target: Bytes::from(target),
        headers,
        source_ip,
    }
}
