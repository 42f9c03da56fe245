//! Handles one request: asks the gateway, reads the body, invokes the function, responds, logs.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use gateway::{
    Answer, Api, AuthorizerCall, AuthorizerOutcome, Decision, Invocation, Outcome, Refusal,
    Request, Timestamp, limits,
};
use http::{
    HeaderValue, Method, Response, Version,
    header::{CONNECTION, HOST},
    request::Parts,
};
use http_body_util::Full;
use hyper::body::Incoming;
use lambda_host::InvokeOutcome;
use request_log::{Access, Invoked};
use uuid::Uuid;

use crate::{
    hooks::Hooks,
    invoker::{Call, Invoker},
    request_body::RequestBody,
};

/// How many decisions one request may wait for: two documents of the identity provider, both again if they
/// expire meanwhile, or a Lambda authorizer.
const STEPS: usize = 4;

/// Handles the requests of all connections.
#[derive(Debug)]
pub struct Exchange {
    api: RwLock<Arc<Api>>,
    invoker: Invoker,
    /// How long a client may take to send a body.
    body_timeout: Duration,
    hooks: Box<dyn Hooks>,
}

/// The error that makes hyper close a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("an injected fault closes the connection")]
pub(crate) struct Cut;

/// The outcome of a request, for the client and the log.
struct Done {
    answer: Answer,
    invoked: Option<Invoked>,
    keeps_alive: bool,
}

impl Done {
    fn read(answer: Answer, invoked: Option<Invoked>) -> Self {
        Self {
            answer,
            invoked,
            keeps_alive: true,
        }
    }

    /// `answer` does not need the body.
    fn unread(answer: Answer, body: RequestBody) -> Self {
        let keeps_alive = !body.closes_if_unread();
        body.discard();
        Self {
            answer,
            invoked: None,
            keeps_alive,
        }
    }
}

impl Exchange {
    /// Handles requests to `api`. A client may take `body_timeout` to send a body.
    #[must_use]
    pub fn new(api: Api, invoker: Invoker, body_timeout: Duration, hooks: Box<dyn Hooks>) -> Self {
        Self {
            api: RwLock::new(Arc::new(api)),
            invoker,
            body_timeout,
            hooks,
        }
    }

    /// Uses `api` for new requests. Requests in progress finish with the old one.
    pub fn replace_api(&self, api: Api) {
        *self.api.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(api);
    }

    fn api(&self) -> Arc<Api> {
        Arc::clone(&self.api.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether a route of the API has this method and path.
    pub fn has_route(&self, method: &Method, path: &str) -> bool {
        self.api().has_route(method, path)
    }

    /// Answers a request. The request is completed even if the client disconnects, as in Lambda. A panic
    /// affects no other request.
    pub(crate) async fn answer(
        self: Arc<Self>,
        request: http::Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Full<Bytes>>, Cut> {
        if let Some(page) = self.hooks.page(&request, peer)
            && !self.has_route(request.method(), request.uri().path())
        {
            return Ok(page.await);
        }
        let (time, begun) = (Timestamp::now(), Instant::now());
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
        let request_id = response.headers().get(self.api().request_id_header());
        let was_invoked = done.invoked.is_some();
        self.invoker.output.answer(|| Access {
            time,
            method,
            path,
            status: response.status(),
            took: begun.elapsed(),
            request_id: request_id
                .and_then(|id| id.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            invoked: done.invoked,
            reason: done.answer.reason,
        });
        if was_invoked && self.hooks.cuts_client() {
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
        if request.headers.contains_key("x-api-key") {
            self.hooks.refresh_keys().await;
        }
        let mut decision = api.receive(&request, Timestamp::now());
        for _ in 0..=STEPS {
            decision = match decision {
                Decision::Answer(answer) => return Done::unread(answer, body),
                Decision::Fetch(document) => {
                    self.hooks.supply(&api, &document).await;
                    api.receive(&request, Timestamp::now())
                }
                Decision::Authorize(call) => self.authorize(&api, *call, &request).await,
                Decision::Body(accepted) => {
                    let body = match body.read().await {
                        Ok(body) => body,
                        Err(refusal) => return Done::read(api.refuse(&refusal, id), None),
                    };
                    return match api.invoke(*accepted, &request, &body, Timestamp::now()) {
                        Ok(invocation) => {
                            if let Some(counted) = &invocation.counted {
                                self.hooks.store_count(counted.clone()).await;
                            }
                            let (outcome, invoked) = self.invoke(&api, &invocation).await;
                            let mut answer = api.answer(&invocation, &request, outcome);
                            if answer.reason.is_some() {
                                let why =
                                    self.invoker.availability.why_unavailable(&invoked.function);
                                answer.reason = why.or(answer.reason);
                            }
                            Done::read(answer, Some(invoked))
                        }
                        Err(answer) => Done::read(*answer, None),
                    };
                }
            };
        }
        Done::unread(api.refuse(&Refusal::Internal, id), body)
    }

    /// Invokes the function of a route.
    async fn invoke(&self, api: &Api, invocation: &Invocation) -> (Outcome, Invoked) {
        let call = Call {
            function: &invocation.integration,
            payload: &invocation.payload,
            request_id: &invocation.request_id,
            trace_id: &invocation.trace_id,
        };
        let (outcome, invoked) = self.invoker.invoke(&call, api.integration_timeout()).await;
        let outcome = match outcome {
            None => Outcome::TimedOut,
            Some(InvokeOutcome::Payload(payload)) => Outcome::Payload(payload),
            Some(InvokeOutcome::FunctionError(_)) => Outcome::FunctionError,
            Some(InvokeOutcome::Throttled(_)) => Outcome::Throttled,
            Some(InvokeOutcome::RequestTooLarge) => Outcome::RequestTooLarge,
            Some(InvokeOutcome::NotFound) => Outcome::NotInvocable,
        };
        (outcome, invoked)
    }

    /// Invokes a Lambda authorizer, and lets the gateway decide about the request. The log has the error
    /// with which the authorizer failed.
    async fn authorize(&self, api: &Api, call: AuthorizerCall, request: &Request) -> Decision {
        let (outcome, invoked) = self
            .invoker
            .invoke(
                &Call {
                    function: call.function(),
                    payload: call.payload(),
                    request_id: call.request_id(),
                    trace_id: call.trace_id(),
                },
                limits::AUTHORIZER_TIMEOUT,
            )
            .await;
        let outcome = match outcome {
            None => AuthorizerOutcome::TimedOut,
            Some(InvokeOutcome::Payload(payload)) => AuthorizerOutcome::Payload(payload),
            Some(InvokeOutcome::FunctionError(error)) => AuthorizerOutcome::FunctionError(error),
            Some(
                InvokeOutcome::Throttled(_)
                | InvokeOutcome::RequestTooLarge
                | InvokeOutcome::NotFound,
            ) => AuthorizerOutcome::NotInvocable,
        };
        let mut decision = api.authorize(call, request, outcome, Timestamp::now());
        if let Decision::Answer(answer) = &mut decision
            && let Some(reason) = &mut answer.reason
        {
            let why = self.invoker.availability.why_unavailable(&invoked.function);
            if let Some(why) = why.or(invoked.error) {
                *reason = format!("{reason}: {why}");
            }
        }
        decision
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
