//! The HTTP API: the order of limits, routes, authorizers and throttles, and the response.

mod context_variables;
mod cors;
mod error_response;
mod event;
mod integration;
mod mapped_values;
mod parameter_mapping;
mod request_path;
mod routing;

use bytes::Bytes;
use http::{Method, header::HeaderName};
use jiff::Timestamp;
use manifest::ApiKind;
use uuid::Uuid;

use crate::{
    authorization::{Authorization, Authorizing},
    authorized::{Authorized, Caller},
    client_request::{Request, head_size},
    client_response::{Answer, AuthorizerOutcome, Outcome},
    configuration::{Configuration, ConfigurationError, Route},
    decision::{Accepted, AuthorizerCall, Decision, Invocation, Routed},
    identity::STAGE,
    jwt::{Document, FetchError},
    limits,
    refusal::Refusal,
    request_id::{header_value, request_id},
    request_target::BadTarget,
    throttle::Throttles,
    trace::trace_id,
};
use cors::{CorsRules, is_preflight, remove_cors_headers};
use error_response::{Refused, refused_by};
use event::Event;
use parameter_mapping::map_response;
use routing::RouteTable;

/// The body in the event of an authorizer, which is invoked before the body arrives.
static NO_BODY: Bytes = Bytes::new();

const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// One HTTP API, shared by all requests. Between requests it keeps its token buckets and the keys of
/// its identity provider.
#[derive(Debug)]
pub struct HttpApi {
    routes: Vec<Route>,
    table: RouteTable,
    throttles: Throttles,
    authorization: Authorization,
    cors: Option<CorsRules>,
}

impl HttpApi {
    /// Creates the API.
    ///
    /// # Errors
    ///
    /// Fails if API Gateway would refuse the configuration.
    pub fn new(configuration: Configuration) -> Result<HttpApi, ConfigurationError> {
        configuration.check()?;
        Ok(HttpApi {
            table: RouteTable::new(&configuration.routes),
            throttles: Throttles::new(&configuration.routes, configuration.account_throttle),
            authorization: Authorization::new(&configuration, ApiKind::Http, STAGE),
            cors: configuration.cors.as_ref().map(CorsRules::new),
            routes: configuration.routes,
        })
    }

    /// Returns whether a route takes requests with this method and decoded path.
    pub fn has_route(&self, method: &Method, path: &str) -> bool {
        self.table.select(method, path).is_some()
    }

    /// Decides about a request whose head arrived at `now`. The body is needed only if the decision is
    /// [`Decision::Body`].
    pub fn receive(&self, request: &Request, now: Timestamp) -> Decision {
        match self.decide(request, now) {
            Ok(decision) => decision,
            Err(refused) => Decision::Answer(self.refused(refused, request)),
        }
    }

    /// Decides about a request whose Lambda authorizer was invoked. `now` is the time when it answered.
    pub fn authorize(
        &self,
        call: AuthorizerCall,
        request: &Request,
        outcome: AuthorizerOutcome,
        now: Timestamp,
    ) -> Decision {
        let AuthorizerCall {
            routed, pending, ..
        } = call;
        let latency = now.as_millisecond() - routed.received.as_millisecond();
        let authorized = self.authorization.decide(pending, outcome, latency, now);
        let decided = authorized.map_err(refused_by);
        match decided.and_then(|authorized| self.accept(routed, authorized, now)) {
            Ok(decision) => decision,
            Err(refused) => Decision::Answer(self.refused(refused, request)),
        }
    }

    /// Returns the function to invoke for an accepted request, or the answer if its signature, its size
    /// or a throttle refuses it. `now` is the time when the body was read.
    ///
    /// # Errors
    ///
    /// Fails with the gateway's own answer.
    pub fn invoke(
        &self,
        accepted: Accepted,
        request: &Request,
        body: &Bytes,
        now: Timestamp,
    ) -> Result<Invocation, Box<Answer>> {
        self.invocation(accepted, request, body, now)
            .map_err(|refused| Box::new(self.refused(refused, request)))
    }

    /// Returns the response to `request`, whose function was invoked.
    pub fn answer(&self, invocation: &Invocation, request: &Request, outcome: Outcome) -> Answer {
        let route = &self.routes[invocation.route];
        let mut answer = match integration::response(outcome, route.payload_format) {
            Ok(mut response) => {
                map_response(&route.mapping, &mut response, &invocation.context);
                if self.cors.is_some() {
                    remove_cors_headers(response.headers_mut());
                }
                Answer {
                    response,
                    reason: None,
                }
            }
            Err((refusal, reason)) => Answer::refusal(&refusal, reason),
        };
        let headers = answer.response.headers_mut();
        // Fact 7.10: the gateway's own errors have no CORS headers.
        if let Some(cors) = self.cors.as_ref().filter(|_| answer.reason.is_none()) {
            headers.extend(cors.headers(request));
        }
        headers.insert(REQUEST_ID, header_value(&invocation.request_id));
        answer
    }

    /// Returns the gateway's answer to a request that the server itself refuses: a body over
    /// [`limits::BODY`], or a head that is not valid. `id` is the request's, or a new random UUID.
    pub fn refuse(&self, refusal: &Refusal, id: Uuid) -> Answer {
        with_id(
            Answer::refusal(refusal, "the server could not read the request"),
            id,
        )
    }

    /// Takes a document that [`Decision::Fetch`] requires, or the reason why it could not be fetched.
    /// After a failure, tokens are refused for [`limits::FETCH_FAILURE_AGE`].
    pub fn supply(&self, document: &Document, fetched: Result<Bytes, FetchError>, now: Timestamp) {
        self.authorization.supply(document, fetched, now);
    }

    /// Returns whether this document is still missing. A server in which one request fetches while
    /// others wait asks this before it fetches again.
    pub fn still_wants(&self, document: &Document) -> bool {
        self.authorization.still_wants(document)
    }

    fn decide(&self, request: &Request, now: Timestamp) -> Result<Decision, Refused> {
        let head = head_size(&request.method, &request.target, &request.headers);
        if head > limits::HEAD {
            let reason = format!("request line and header values have {head} bytes");
            return Err((Refusal::HeadTooLarge, reason));
        }
        let target = request_path::parse(&request.target).map_err(|BadTarget| {
            let reason = "the path cannot be decoded, or leaves the root";
            (Refusal::BadRequest, reason.to_owned())
        })?;
        let Some(matched) = self.table.select(&request.method, &target.path) else {
            return self.without_route(request);
        };
        let routed = Routed {
            target,
            route: matched.route,
            path_parameters: matched.path_parameters,
            received: now,
        };
        let event = self.event(&routed, request, &NO_BODY, &Caller::Anonymous);
        let path = &routed.target.path;
        let authorization = &self.authorization;
        match authorization.authorize(event.route, request, path, &event, now) {
            Ok(Authorizing::Done(authorized)) => self.accept(routed, authorized, now),
            Ok(Authorizing::Fetch(document)) => Ok(Decision::Fetch(document)),
            Ok(Authorizing::Invoke(pending)) => Ok(Decision::Authorize(Box::new(AuthorizerCall {
                routed,
                pending,
                trace_id: trace_id(request, now),
                request_id: request_id(request.id),
            }))),
            Err(denial) => Err(refused_by(denial)),
        }
    }

    /// Applies the throttles. A request whose signature turns out to be wrong takes no token of a bucket.
    fn accept(
        &self,
        routed: Routed,
        authorized: Authorized,
        now: Timestamp,
    ) -> Result<Decision, Refused> {
        if let Authorized::Caller(_) = authorized {
            self.admit(routed.route, now)?;
        }
        Ok(Decision::Body(Box::new(Accepted {
            routed,
            authorized,
            key: None,
        })))
    }

    fn event<'a>(
        &'a self,
        routed: &'a Routed,
        request: &'a Request,
        body: &'a Bytes,
        caller: &'a Caller,
    ) -> Event<'a> {
        Event {
            request,
            body,
            target: &routed.target,
            route: &self.routes[routed.route],
            path_parameters: &routed.path_parameters,
            caller,
            received: routed.received,
        }
    }

    /// Answers a preflight (facts 7.1 to 7.4). Anything else is a 404.
    fn without_route(&self, request: &Request) -> Result<Decision, Refused> {
        match &self.cors {
            Some(cors) if is_preflight(request) => {
                let answer = Answer {
                    response: cors.preflight(request),
                    reason: None,
                };
                Ok(Decision::Answer(with_id(answer, request.id)))
            }
            _ => Err((
                Refusal::NotFound,
                "no route matches the method and the path".to_owned(),
            )),
        }
    }

    fn admit(&self, route: usize, now: Timestamp) -> Result<(), Refused> {
        if self.throttles.admit(route, now) {
            return Ok(());
        }
        let reason = format!("{} is throttled", self.routes[route].key);
        Err((Refusal::TooManyRequests, reason))
    }

    fn invocation(
        &self,
        accepted: Accepted,
        request: &Request,
        body: &Bytes,
        now: Timestamp,
    ) -> Result<Invocation, Refused> {
        if body.len() > limits::BODY {
            let reason = format!("the body has {} bytes", body.len());
            return Err((Refusal::RequestTooLarge, reason));
        }
        let Accepted {
            routed, authorized, ..
        } = accepted;
        let caller = match authorized {
            Authorized::Caller(caller) => caller,
            Authorized::Signed(signed) => {
                let verified = signed.verify(request, body);
                let caller = verified.map_err(|denial| (Refusal::Forbidden, denial.to_string()))?;
                self.admit(routed.route, now)?;
                Caller::Iam(caller)
            }
        };
        let event = self.event(&routed, request, body, &caller);
        let mapped = parameter_mapping::map_request(&event);
        let payload = mapped.event(&event).payload();
        if payload.len() > limits::PAYLOAD {
            let reason = format!("an event of {} bytes is too long for Lambda", payload.len());
            return Err((Refusal::RequestTooLarge, reason));
        }
        Ok(Invocation {
            integration: event.route.integration.clone(),
            payload,
            request_id: request_id(request.id),
            trace_id: trace_id(request, routed.received),
            counted: None,
            route: routed.route,
            received: routed.received,
            context: parameter_mapping::response_context(&event),
        })
    }

    fn refused(&self, (refusal, reason): Refused, request: &Request) -> Answer {
        with_id(Answer::refusal(&refusal, reason), request.id)
    }
}

fn with_id(mut answer: Answer, id: Uuid) -> Answer {
    let id = header_value(&request_id(id));
    answer.response.headers_mut().insert(REQUEST_ID, id);
    answer
}
