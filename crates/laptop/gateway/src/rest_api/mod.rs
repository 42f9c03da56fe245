//! The REST API: the order of routes, authorizers, throttles and validation, and the response.

mod admission;
mod authorizer_request;
mod gateway_error;
mod gateway_response;
mod json_schema;
mod media_types;
mod preflight;
mod proxy_event;
mod proxy_response;
mod resources;
mod response_headers;
mod response_type;
mod rest_configuration;
mod schema_check;
mod stage_path;
mod validation;
mod variables;

pub use rest_configuration::RestConfiguration;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use manifest::{ApiKind, ResponseType};
use uuid::Uuid;

use crate::{
    api_keys::ApiKey,
    authorization::{Authorization, Authorizing, Denial},
    authorized::{Authorized, Caller},
    client_request::{Request, head_size},
    client_response::{Answer, AuthorizerOutcome, Outcome},
    configuration::{ConfigurationError, Route},
    decision::{Accepted, AuthorizerCall, Decision, Invocation, Routed},
    jwt::{Document, FetchError},
    limits,
    refusal::Refusal,
    trace::{TRACE_ID, trace_id},
};
use admission::Admission;
use gateway_error::GatewayError;
use gateway_response::DeclaredResponses;
use media_types::BinaryMediaTypes;
use preflight::Preflight;
use proxy_event::ProxyEvent;
use resources::Resources;
use response_headers::{ResponseIds, response_trace};
use stage_path::NoStage;
use validation::{Sent, Validators};
use variables::Variables;

/// The body in the event of an authorizer, which is invoked before the body arrives.
static NO_BODY: Bytes = Bytes::new();

/// One REST API, shared by all requests. Between requests it keeps its token buckets and the keys of
/// its identity provider.
#[derive(Debug)]
pub struct RestApi {
    stage: String,
    routes: Vec<Route>,
    resources: Resources,
    admission: Admission,
    authorization: Authorization,
    preflight: Option<Preflight>,
    responses: DeclaredResponses,
    binary_media_types: BinaryMediaTypes,
    validators: Validators,
}

impl RestApi {
    /// Creates the API.
    ///
    /// # Errors
    ///
    /// Fails if API Gateway would refuse the configuration.
    pub fn new(configuration: RestConfiguration) -> Result<RestApi, ConfigurationError> {
        configuration.check()?;
        let api = configuration.api;
        let cors = api.cors.as_ref();
        Ok(RestApi {
            resources: Resources::new(&api.routes, cors.is_some())?,
            admission: Admission::new(
                &api.routes,
                api.account_throttle,
                configuration.plans,
                configuration.keys,
            ),
            authorization: Authorization::new(&api, ApiKind::Rest, &configuration.stage),
            preflight: cors.map(Preflight::new).transpose()?,
            responses: DeclaredResponses::new(configuration.gateway_responses, cors),
            binary_media_types: BinaryMediaTypes::new(configuration.binary_media_types),
            validators: Validators::new(&api.routes, configuration.models)?,
            routes: api.routes,
            stage: configuration.stage,
        })
    }

    /// Returns whether a route takes requests with this method and path, which begins with the stage.
    pub fn has_route(&self, method: &Method, path: &str) -> bool {
        let target = stage_path::parse(path.as_bytes(), &self.stage);
        target.is_ok_and(|target| self.resources.select(method, &target.path).is_some())
    }

    /// Decides about a request whose head arrived at `now`. The body is needed only if the decision is
    /// [`Decision::Body`].
    pub fn receive(&self, request: &Request, now: Timestamp) -> Decision {
        match self.decide(request, now) {
            Ok(decision) => decision,
            Err((error, route)) => Decision::Answer(self.error(error, request, route, now)),
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
        let route = routed.route;
        let latency = now.as_millisecond() - routed.received.as_millisecond();
        let authorized = self.authorization.decide(pending, outcome, latency, now);
        let decided = authorized.map_err(GatewayError::of_denial);
        match decided.and_then(|authorized| self.accept(routed, authorized, request, now)) {
            Ok(decision) => decision,
            Err(error) => Decision::Answer(self.error(error, request, Some(route), now)),
        }
    }

    /// Returns the function to invoke for an accepted request, or the answer if its signature, its size,
    /// a throttle or its validation refuses it. `now` is the time when the body was read.
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
        let route = accepted.routed.route;
        self.invocation(accepted, request, body, now)
            .map_err(|error| Box::new(self.error(error, request, Some(route), now)))
    }

    /// Returns the response to `request`, whose function was invoked.
    pub fn answer(&self, invocation: &Invocation, request: &Request, outcome: Outcome) -> Answer {
        let decodes = self.binary_media_types.decode_response_to(&request.headers);
        match proxy_response::response(outcome, decodes) {
            Ok(mut response) => {
                let headers = response.headers_mut();
                ResponseIds::of(request).insert_into(headers);
                headers.insert(TRACE_ID, response_trace(request, &invocation.trace_id));
                Answer {
                    response,
                    reason: None,
                }
            }
            Err(error) => self.error(error, request, Some(invocation.route), invocation.received),
        }
    }

    /// Returns the gateway's answer to a request that the server itself refuses: a body over
    /// [`limits::BODY`], or a head that is not valid. `id` is the request's, or a new random UUID.
    pub fn refuse(&self, refusal: &Refusal, id: Uuid) -> Answer {
        let error = GatewayError::of_refusal(refusal, "the server could not read the request");
        error.answer_without_request(id)
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

    /// Applies the checks that do not need the body, in AWS's order: route, authorizer, throttle.
    fn decide(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Decision, (GatewayError, Option<usize>)> {
        let head = head_size(&request.method, &request.target, &request.headers);
        if head > limits::HEAD {
            return Err((GatewayError::head_too_large(head), None));
        }
        let target = stage_path::parse(&request.target, &self.stage)
            .map_err(|NoStage| (GatewayError::unknown_stage(&self.stage), None))?;
        let Some(matched) = self.resources.select(&request.method, &target.path) else {
            return Err((GatewayError::unknown_route(request), None));
        };
        let Some(route) = matched.route else {
            return Ok(Decision::Answer(self.preflight(request)));
        };
        let routed = Routed {
            target,
            route,
            path_parameters: matched.path_parameters,
            received: now,
        };
        self.authorize_routed(routed, request, now)
            .map_err(|error| (error, Some(route)))
    }

    fn authorize_routed(
        &self,
        routed: Routed,
        request: &Request,
        now: Timestamp,
    ) -> Result<Decision, GatewayError> {
        let event = self.event(&routed, request, &NO_BODY, &Caller::Anonymous);
        let route = &self.routes[routed.route];
        let path = &routed.target.path;
        let authorization = &self.authorization;
        match authorization.authorize(route, request, path, &event, now) {
            Ok(Authorizing::Done(authorized)) => self.accept(routed, authorized, request, now),
            Ok(Authorizing::Fetch(document)) => Ok(Decision::Fetch(document)),
            Ok(Authorizing::Invoke(pending)) => Ok(Decision::Authorize(Box::new(AuthorizerCall {
                routed,
                pending,
                trace_id: trace_id(request, now),
                request_id: ResponseIds::of(request).request_id,
            }))),
            Err(denial) => Err(GatewayError::of_denial(denial)),
        }
    }

    /// Admits a request of an authorized caller. A request whose signature turns out to be wrong takes no
    /// token of a bucket.
    fn accept(
        &self,
        routed: Routed,
        authorized: Authorized,
        request: &Request,
        now: Timestamp,
    ) -> Result<Decision, GatewayError> {
        let key = match authorized {
            Authorized::Caller(_) => self.admit(routed.route, request, now)?,
            Authorized::Signed(_) => None,
        };
        Ok(Decision::Body(Box::new(Accepted {
            routed,
            authorized,
            key,
        })))
    }

    fn event<'a>(
        &'a self,
        routed: &'a Routed,
        request: &'a Request,
        body: &'a Bytes,
        caller: &'a Caller,
    ) -> ProxyEvent<'a> {
        ProxyEvent {
            request,
            body,
            encodes_body: self.binary_media_types.encode_body_of(&request.headers),
            target: &routed.target,
            stage: &self.stage,
            resource: self.resource(routed.route),
            path_parameters: &routed.path_parameters,
            caller,
            key: None,
            received: routed.received,
        }
    }

    fn admit(
        &self,
        route: usize,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<Arc<ApiKey>>, GatewayError> {
        let admission = &self.admission;
        admission.admit(route, &self.routes[route], request, now)
    }

    fn invocation(
        &self,
        accepted: Accepted,
        request: &Request,
        body: &Bytes,
        now: Timestamp,
    ) -> Result<Invocation, GatewayError> {
        if body.len() > limits::BODY {
            let reason = format!("the body has {} bytes", body.len());
            return Err(GatewayError::new(ResponseType::RequestTooLarge, reason));
        }
        let Accepted {
            routed,
            authorized,
            mut key,
        } = accepted;
        let caller = match authorized {
            Authorized::Caller(caller) => caller,
            Authorized::Signed(signed) => {
                let verified = signed.verify(request, body);
                let caller =
                    verified.map_err(|denial| GatewayError::of_denial(Denial::Iam(denial)))?;
                key = self.admit(routed.route, request, now)?;
                Caller::Iam(caller)
            }
        };
        let sent = Sent {
            request,
            target: &routed.target,
            path_parameters: &routed.path_parameters,
            body,
        };
        self.validators.check(routed.route, &sent)?;
        let event = ProxyEvent {
            key: key.as_deref(),
            ..self.event(&routed, request, body, &caller)
        };
        let payload = event.payload()?;
        // Last, because a request that the gateway refuses does not count (fact R4.5).
        let counted = match &key {
            Some(key) => self.admission.count(key, now)?,
            None => None,
        };
        Ok(Invocation {
            integration: self.routes[routed.route].integration.clone(),
            payload,
            request_id: ResponseIds::of(request).request_id,
            trace_id: trace_id(request, routed.received),
            counted,
            route: routed.route,
            received: routed.received,
            context: BTreeMap::new(),
        })
    }

    fn preflight(&self, request: &Request) -> Answer {
        let preflight = self.preflight.as_ref();
        let preflight = preflight.expect("only CORS settings make methods without a route");
        let mut response = preflight.response(request);
        ResponseIds::of(request).insert_into(response.headers_mut());
        Answer {
            response,
            reason: None,
        }
    }

    fn error(
        &self,
        error: GatewayError,
        request: &Request,
        route: Option<usize>,
        now: Timestamp,
    ) -> Answer {
        let variables = Variables {
            request,
            stage: &self.stage,
            resource: route.map(|route| self.resource(route)),
            now,
        };
        self.responses.answer(error, &variables)
    }

    fn resource(&self, route: usize) -> &str {
        match &self.routes[route].key {
            manifest::Route::Path { path, .. } => path.as_str(),
            manifest::Route::Default => "",
        }
    }
}
