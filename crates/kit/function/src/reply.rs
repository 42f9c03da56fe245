//! Responses of handlers.

use std::fmt::Display;

use aws_lambda_events::{
    apigw::ApiGatewayProxyResponse,
    encodings::Body,
    http::{HeaderMap, HeaderName, HeaderValue, header::LOCATION},
};
use record::{Once, Versioned};
use serde::Serialize;

use crate::{precondition::entity_tag, uri::escape};

/// A response: status, headers and an optional JSON body.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Option<String>,
}

impl Reply {
    /// 200 and `body` as JSON.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(200, body)
    }

    /// 200 and an entity, with its version as `ETag`.
    pub fn item<T: Serialize>(item: &Versioned<T>) -> Self {
        Self::ok(item).header("etag", &entity_tag(item.version))
    }

    /// 200 and the entity as a change left it that is made once: as [`Reply::item`], and
    /// `Idempotency-Replayed` when an earlier request made the change.
    pub fn changed<T: Serialize>(outcome: &Once<T>) -> Self {
        let reply = Self::item(outcome);
        if outcome.replayed {
            reply.header("idempotency-replayed", "true")
        } else {
            reply
        }
    }

    /// 201 and the entity that was created: as [`Reply::changed`], with its id below `collection` as
    /// `Location`.
    pub fn created<T: Serialize>(collection: &str, id: &impl Display, outcome: &Once<T>) -> Self {
        let location = format!("{collection}/{}", escape(&id.to_string()));
        Self {
            status: 201,
            ..Self::changed(outcome)
        }
        .header("location", &location)
    }

    /// 204 and no body.
    #[must_use]
    pub fn no_content() -> Self {
        Self {
            status: 204,
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// 304 for an entity that the client has in this version.
    pub(crate) fn not_modified<T>(item: &Versioned<T>) -> Self {
        Self {
            status: 304,
            ..Self::no_content()
        }
        .header("etag", &entity_tag(item.version))
    }

    /// Any status and `body` as JSON.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body)
            .expect("every body is made of strings, numbers, lists and structs");
        let reply = Self {
            status,
            headers: HeaderMap::new(),
            body: Some(body),
        };
        reply.header("content-type", "application/json")
    }

    /// Sets a header. A value with control characters cannot be sent and is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

impl Reply {
    /// The response to API Gateway. `Location` is a path of the API, and `base_path` returns the part of
    /// the client's URL before it. An HTTP API accepts the format of a REST API's responses too. A REST
    /// API refuses fields that only an HTTP API has, such as `cookies`.
    pub(crate) fn into_response(
        self,
        base_path: impl FnOnce() -> String,
    ) -> ApiGatewayProxyResponse {
        let mut response = ApiGatewayProxyResponse::default();
        response.status_code = self.status.into();
        response.headers = self.headers;
        response.body = self.body.map(Body::Text);
        if let Some(location) = response.headers.get_mut(LOCATION) {
            let url = [base_path().as_bytes(), location.as_bytes()].concat();
            *location = HeaderValue::from_bytes(&url).expect("the parts of a URL are escaped");
        }
        response
    }
}
