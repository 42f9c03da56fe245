//! What a handler answers with.

use std::{borrow::Cow, fmt::Display};

use aws_lambda_events::{
    apigw::ApiGatewayV2httpResponse,
    encodings::Body,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use domain::Versioned;
use serde::{Deserialize, Serialize};

use crate::{Problem, precondition::entity_tag, request::escape};

/// A response: status, headers and a JSON body or none.
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

    /// 200 and a thing, with its version as `ETag`.
    pub fn item<T: Serialize + Versioned>(item: &T) -> Self {
        Self::ok(item).header("etag", &entity_tag(item.version()))
    }

    /// 201, the thing that was made, its version as `ETag`, and as `Location` its id below `collection`.
    pub fn created<T: Serialize + Versioned>(
        collection: &str,
        id: &impl Display,
        item: &T,
    ) -> Self {
        let location = format!("{collection}/{}", escape(&id.to_string()));
        Self {
            status: 201,
            ..Self::item(item)
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

    /// 304 for a thing the client has in this version.
    pub(crate) fn not_modified(item: &impl Versioned) -> Self {
        Self {
            status: 304,
            ..Self::no_content()
        }
        .header("etag", &entity_tag(item.version()))
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

    /// The reply as a text to be kept.
    pub(crate) fn to_stored(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| {
            (
                name.as_str(),
                value
                    .to_str()
                    .expect("only visible characters are put into headers")
                    .into(),
            )
        });
        let stored = Stored {
            status: self.status,
            headers: headers.collect(),
            body: self.body.as_deref().map(Cow::Borrowed),
        };
        serde_json::to_string(&stored).expect("a reply is made of strings and a number")
    }

    /// The reply that was kept, marked as such.
    pub(crate) fn from_stored(text: &str) -> Result<Self, Problem> {
        let stored: Stored<'_> = serde_json::from_str(text).map_err(Problem::internal)?;
        let mut headers = HeaderMap::new();
        for (name, value) in stored.headers {
            let name: HeaderName = name
                .parse()
                .map_err(|_| Problem::internal("a stored header has no name"))?;
            headers.insert(
                name,
                HeaderValue::from_str(&value).map_err(Problem::internal)?,
            );
        }
        let reply = Self {
            status: stored.status,
            headers,
            body: stored.body.map(Cow::into_owned),
        };
        Ok(reply.header("idempotency-replayed", "true"))
    }

    /// The same with a header, in place of one of that name. A value with control characters cannot
    /// be sent and is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

/// A reply as it is kept in a receipt.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    status: u16,
    #[serde(borrow)]
    headers: Vec<(&'a str, Cow<'a, str>)>,
    #[serde(borrow)]
    body: Option<Cow<'a, str>>,
}

impl From<Reply> for ApiGatewayV2httpResponse {
    fn from(reply: Reply) -> Self {
        let mut response = Self::default();
        response.status_code = reply.status.into();
        response.headers = reply.headers;
        response.body = reply.body.map(Body::Text);
        response
    }
}
