//! The HTTP API itself: the order in which a request meets limits, stages, routes, authorizers and
//! throttles, and the way back.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName};
use jiff::Timestamp;
use manifest::{Access, PayloadFormat};
use uuid::Uuid;

use crate::{
    client_request::{Request, head_size},
    configuration::{Configuration, ConfigurationError, Route, Stage},
    cors::{CorsRules, is_cors_header, is_preflight},
    event::{self, Caller, Event},
    iam,
    integration::{Answer, Outcome, translate},
    jwt::{Denial, Document, FetchError, JwtGuard},
    limits,
    refusal::Refusal,
    request_path::{BadTarget, Target},
    routing::{Match, RouteTable},
    throttle::Throttles,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// One HTTP API. Shared by all requests; what it keeps between them is the state of its token
/// buckets and the keys of its identity provider.
#[derive(Debug)]
pub struct HttpApi {
    configuration: Configuration,
    routes: RouteTable,
    throttles: Throttles,
    jwt: Option<JwtGuard>,
    cors: Option<CorsRules>,
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Decision {
    /// Send this. The gateway refuses, or answers a preflight itself.
    Answer(Answer),
    /// Invoke the function, then call [`HttpApi::answer`].
    Invoke(Box<Invocation>),
    /// Fetch this document of the identity provider, hand it to [`HttpApi::supply`], and call
    /// [`HttpApi::receive`] again with the same request.
    Fetch(Document),
}

/// A function to be invoked for a request.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The route's [`integration`](Route::integration).
    pub integration: String,
    /// The event, JSON.
    pub payload: Bytes,
    /// `requestContext.requestId`; the response bears it as `apigw-requestid`.
    pub request_id: String,
    /// The trace, `Root=1-…`: for the function's `_X_AMZN_TRACE_ID`.
    pub trace_id: String,
    /// The key of the route, for logs.
    pub route_key: String,
    /// The stage's name, for logs.
    pub stage: String,
    /// How long the function may take; then the outcome is [`Outcome::TimedOut`].
    pub timeout: Duration,
    format: PayloadFormat,
    cors: HeaderMap,
}

impl HttpApi {
    /// Checks a configuration as API Gateway does when an API is created.
    ///
    /// # Errors
    ///
    /// What API Gateway would refuse to create, and what could never work.
    pub fn new(configuration: Configuration) -> Result<HttpApi, ConfigurationError> {
        configuration.check()?;
        let cors = configuration
            .cors
            .as_ref()
            .map(CorsRules::new)
            .transpose()?;
        Ok(HttpApi {
            routes: RouteTable::new(&configuration.routes),
            throttles: Throttles::new(&configuration),
            jwt: configuration.jwt.clone().map(JwtGuard::new),
            cors,
            configuration,
        })
    }

    /// What the API was made of.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Decides what is to be done with a request that came at `now`.
    ///
    /// The token buckets come after the authorizer, so that calling again after a
    /// [`Decision::Fetch`] charges them once.
    pub fn receive(&self, request: &Request, now: Timestamp) -> Decision {
        match self.consider(request, now) {
            Ok(decision) => decision,
            Err((refusal, reason)) => {
                Decision::Answer(self.sign(Answer::refusal(&refusal, reason), request.id))
            }
        }
    }

    /// The response to a request whose function was invoked.
    pub fn answer(&self, invocation: &Invocation, outcome: Outcome) -> Answer {
        let mut answer = match outcome {
            Outcome::Payload(payload) => self.function_answer(invocation, &payload),
            Outcome::FunctionError => Answer::refusal(&Refusal::Internal, "the function failed"),
            Outcome::NotInvocable => Answer::refusal(
                &Refusal::Internal,
                "the function does not exist, or the API may not invoke it",
            ),
            Outcome::Throttled => {
                Answer::refusal(&Refusal::Unavailable, "Lambda throttles the function")
            }
            Outcome::TimedOut => Answer::refusal(
                &Refusal::Unavailable,
                format!("no answer within {:?}", invocation.timeout),
            ),
            Outcome::RequestTooLarge => Answer::refusal(
                &Refusal::RequestTooLarge,
                "the event is longer than Lambda accepts",
            ),
        };
        let headers = answer.response.headers_mut();
        // Fact 7.10: the gateway's own errors have no CORS headers.
        if answer.reason.is_none() {
            headers.extend(invocation.cors.clone());
        }
        headers.insert(REQUEST_ID, event::header_value(&invocation.request_id));
        answer
    }

    /// The gateway's answer to a request that the server itself could not read to its end: a body
    /// over [`limits::BODY`], a head that is not HTTP. `id` is the request's, or a fresh random UUID.
    pub fn refuse(&self, refusal: &Refusal, id: Uuid) -> Answer {
        self.sign(
            Answer::refusal(refusal, "the server could not read the request"),
            id,
        )
    }

    /// Takes a document that [`Decision::Fetch`] asked for, or why it could not be fetched; the
    /// latter is answered 401 for [`limits::FETCH_FAILURE_AGE`].
    pub fn supply(&self, document: &Document, fetched: Result<Bytes, FetchError>, now: Timestamp) {
        if let Some(jwt) = &self.jwt {
            jwt.supply(document, fetched, now);
        }
    }

    /// Whether this document is still missing. A server that lets one
    /// request fetch while others wait asks this before it fetches once more.
    pub fn still_wants(&self, document: &Document) -> bool {
        self.jwt
            .as_ref()
            .is_some_and(|jwt| jwt.still_wants(document))
    }

    fn consider(&self, request: &Request, now: Timestamp) -> Result<Decision, (Refusal, String)> {
        self.check_sizes(request)?;
        let target = Target::parse(&request.target).map_err(|BadTarget| {
            let reason = "the path cannot be decoded, or climbs out of the root";
            (Refusal::BadRequest, reason.to_owned())
        })?;
        self.check_endpoint(request)?;
        let (stage_at, stage, path) = self.stage(&target.path).ok_or_else(|| {
            let reason = "no stage serves this path";
            (Refusal::NotFound, reason.to_owned())
        })?;
        let matched = self.routes.select(&request.method, &path);
        if let Some(decision) =
            self.preflight(request, matched.as_ref(), (&path, &stage.name), now)?
        {
            return Ok(decision);
        }
        let Some(matched) = matched else {
            return Err((Refusal::NotFound, "no route serves this".to_owned()));
        };
        let route = &self.configuration.routes[matched.route];
        let caller = match self.authorize(route, request, &path, &stage.name, now)? {
            Authorized::Caller(caller) => caller,
            Authorized::Fetch(document) => return Ok(Decision::Fetch(document)),
        };
        if !self.throttles.admit(stage_at, matched.route, now) {
            let reason = format!("{} is throttled", route.key);
            return Err((Refusal::TooManyRequests, reason));
        }
        let event = Event {
            configuration: &self.configuration,
            request,
            target: &target,
            stage,
            route,
            path_parameters: &matched.path_parameters,
            caller: &caller,
            now,
        };
        self.invoke(event)
    }

    fn invoke(&self, event: Event<'_>) -> Result<Decision, (Refusal, String)> {
        let payload = event.payload();
        if payload.len() > limits::PAYLOAD {
            let reason = format!("an event of {} bytes is too long for Lambda", payload.len());
            return Err((Refusal::RequestTooLarge, reason));
        }
        Ok(Decision::Invoke(Box::new(Invocation {
            integration: event.route.integration.clone(),
            payload,
            request_id: event::request_id(event.request.id),
            trace_id: event::trace_id(event.request, event.now),
            route_key: event.route.key.to_string(),
            stage: event.stage.name.clone(),
            timeout: event.route.timeout,
            format: event.route.payload_format,
            cors: self.cors_headers(event.request),
        })))
    }

    fn check_sizes(&self, request: &Request) -> Result<(), (Refusal, String)> {
        let head = head_size(&request.method, &request.target, &request.headers);
        if head > limits::HEAD {
            let reason = format!("request line and headers have {head} bytes");
            return Err((Refusal::HeadTooLarge, reason));
        }
        if request.body.len() > limits::BODY {
            let reason = format!("the body has {} bytes", request.body.len());
            return Err((Refusal::RequestTooLarge, reason));
        }
        Ok(())
    }

    /// Fact 1.13.
    fn check_endpoint(&self, request: &Request) -> Result<(), (Refusal, String)> {
        let prefix = format!("{}.execute-api.", self.configuration.api_id);
        let host = event::host(&request.headers);
        if self.configuration.execute_api_endpoint_disabled
            && host.to_ascii_lowercase().starts_with(&prefix)
        {
            return Err((
                Refusal::Forbidden,
                "the default endpoint is disabled".to_owned(),
            ));
        }
        Ok(())
    }

    /// The stage of a decoded path, and the path without the stage (fact 1.1).
    fn stage(&self, path: &str) -> Option<(usize, &Stage, String)> {
        let stages = self.configuration.stages.iter().enumerate();
        let inner = path.strip_prefix('/').unwrap_or(path);
        let (first, rest) = match inner.split_once('/') {
            Some((first, rest)) => (first, rest),
            None => (inner, ""),
        };
        if first != "$default"
            && let Some((at, stage)) = stages.clone().find(|(_, stage)| stage.name == first)
        {
            return Some((at, stage, format!("/{rest}")));
        }
        stages
            .into_iter()
            .find(|(_, stage)| stage.name == "$default")
            .map(|(at, stage)| (at, stage, path.to_owned()))
    }

    /// The gateway's answer to a preflight (facts 7.1 to 7.4 and 7.8).
    fn preflight(
        &self,
        request: &Request,
        matched: Option<&Match>,
        (path, stage): (&str, &str),
        now: Timestamp,
    ) -> Result<Option<Decision>, (Refusal, String)> {
        let Some(cors) = self.cors.as_ref().filter(|_| is_preflight(request)) else {
            return Ok(None);
        };
        let guarded = matched
            .map(|matched| &self.configuration.routes[matched.route])
            // Fact 7.8: its authorizer applies to a preflight.
            .filter(|route| route.key == manifest::Route::Default);
        if let Some(route) = guarded
            && let Authorized::Fetch(document) = self.authorize(route, request, path, stage, now)?
        {
            return Ok(Some(Decision::Fetch(document)));
        }
        let answer = Answer {
            response: cors.preflight(request),
            reason: None,
        };
        Ok(Some(Decision::Answer(self.sign(answer, request.id))))
    }

    fn authorize(
        &self,
        route: &Route,
        request: &Request,
        path: &str,
        stage: &str,
        now: Timestamp,
    ) -> Result<Authorized, (Refusal, String)> {
        match &route.authorization {
            Access::Public => Ok(Authorized::Caller(Caller::Anonymous)),
            Access::Token { scopes } => {
                let Some(guard) = &self.jwt else {
                    let reason = "no JWT authorizer is configured";
                    return Err((Refusal::Internal, reason.to_owned()));
                };
                match guard.check(request, scopes, now) {
                    Ok(token) => Ok(Authorized::Caller(Caller::Jwt(token))),
                    Err(Denial::Fetch(document)) => Ok(Authorized::Fetch(document)),
                    Err(Denial::Refused(refusal, reason)) => Err((refusal, reason)),
                }
            }
            Access::Iam => iam::check(&self.configuration, request, stage, path, now)
                .map(|caller| Authorized::Caller(Caller::Iam(caller)))
                .map_err(|denial| (Refusal::Forbidden, denial.to_string())),
        }
    }

    fn function_answer(&self, invocation: &Invocation, payload: &Bytes) -> Answer {
        if payload.len() > limits::PAYLOAD {
            let reason = format!("an answer of {} bytes is too long", payload.len());
            return Answer::refusal(&Refusal::Internal, reason);
        }
        match translate(payload, invocation.format) {
            Ok(mut response) => {
                if self.cors.is_some() {
                    drop_cors_headers(response.headers_mut());
                }
                Answer {
                    response,
                    reason: None,
                }
            }
            Err(malformed) => Answer::refusal(&Refusal::Internal, malformed),
        }
    }

    fn cors_headers(&self, request: &Request) -> HeaderMap {
        self.cors
            .as_ref()
            .map(|cors| cors.headers(request))
            .unwrap_or_default()
    }

    fn sign(&self, mut answer: Answer, id: Uuid) -> Answer {
        let id = event::header_value(&event::request_id(id));
        answer.response.headers_mut().insert(REQUEST_ID, id);
        answer
    }
}

enum Authorized {
    Caller(Caller),
    Fetch(Document),
}

/// With a CORS configuration, a function's own CORS headers count for nothing (fact 7.5).
fn drop_cors_headers(headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_cors_header(name))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
}
