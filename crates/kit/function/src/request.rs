//! Requests, as handlers read them.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use aws_lambda_events::{apigw::ApiGatewayV2httpRequest, http::HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use deserr::Deserr;
use dynamodb::Page;
use record::{Expected, Versioned};
use serde::Serialize;

use crate::{
    Caller, InvalidField, InvalidFields, Listed, Problem, Query, Reply,
    body::{self, JsonError},
    caller::subject,
    precondition::{if_match, none_match},
    uri::escape,
};

/// The greatest number of bytes of a body. A text of 2,000 characters is under 30,000 even if every
/// character is written as two `\u` escapes.
const MAX_BODY: usize = 65_536;

/// A request to an HTTP API (payload format 2.0).
#[derive(Clone, Debug)]
pub struct Request {
    event: ApiGatewayV2httpRequest,
    scope_prefix: String,
}

impl Request {
    /// Reads an event. `scope_prefix` is what the token issuer puts before each scope.
    #[must_use]
    pub fn new(event: ApiGatewayV2httpRequest, scope_prefix: &str) -> Self {
        Self {
            event,
            scope_prefix: scope_prefix.to_owned(),
        }
    }

    /// API Gateway's id of the request, which the client has in `apigw-requestid`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.event
            .request_context
            .request_id
            .as_deref()
            .unwrap_or_default()
    }

    /// The route as it is declared: `GET /users/{userId}`.
    #[must_use]
    pub fn route(&self) -> &str {
        self.event
            .request_context
            .route_key
            .as_deref()
            .unwrap_or_default()
    }

    /// The caller, by the subject of the token.
    ///
    /// # Errors
    ///
    /// [`Problem::UnsupportedSubject`] when the subject is not an `Id`.
    pub fn caller<Id>(&self) -> Result<Caller<Id>, Problem>
    where
        Id: FromStr<Err: Display> + PartialEq,
    {
        let authorizer = self.event.request_context.authorizer.as_ref();
        Caller::read(authorizer, &self.scope_prefix)
    }

    pub(crate) fn subject(&self) -> &str {
        subject(self.event.request_context.authorizer.as_ref())
    }

    /// A variable of the route's path.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when it cannot be parsed.
    pub fn path<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        let text = self.event.path_parameters.get(name);
        let text = text
            .ok_or_else(|| Problem::internal(format!("the route has no path variable `{name}`")))?;
        text.parse()
            .map_err(|error| Problem::InvalidParameter(vec![InvalidField::parameter(name, error)]))
    }

    /// Reads the query string.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] with all parameters that are wrong, given twice or unknown.
    pub fn query<T>(&self, read: impl FnOnce(&mut Query) -> T) -> Result<T, Problem> {
        let mut query = Query::new(self.raw_query());
        let result = read(&mut query);
        query.finish().map(|()| result)
    }

    /// The body, a JSON object.
    ///
    /// # Errors
    ///
    /// [`Problem::UnsupportedMediaType`], [`Problem::BodyTooLarge`], [`Problem::UnreadableBody`], and
    /// [`Problem::InvalidBody`] with all fields that are missing, wrong, given twice or unknown.
    pub fn json<T: Deserr<InvalidFields>>(&self) -> Result<T, Problem> {
        self.body(&["application/json"], "application/json")
    }

    /// The body, a JSON Merge Patch (RFC 7396) of an object.
    ///
    /// # Errors
    ///
    /// As [`Request::json`].
    pub fn merge_patch<T: Deserr<InvalidFields>>(&self) -> Result<T, Problem> {
        let types = ["application/merge-patch+json", "application/json"];
        self.body(&types, "application/merge-patch+json or application/json")
    }

    fn body<T: Deserr<InvalidFields>>(
        &self,
        types: &[&str],
        expected: &'static str,
    ) -> Result<T, Problem> {
        let text = self.event.body.as_deref().unwrap_or_default();
        if !text.is_empty() && !self.content_type_is_one_of(types) {
            return Err(Problem::UnsupportedMediaType { expected });
        }
        if text.is_empty() {
            return Err(Problem::UnreadableBody(
                "it is missing, and this route takes a JSON object".to_owned(),
            ));
        }
        let bytes =
            if self.event.is_base64_encoded {
                let decoded = BASE64_STANDARD.decode(text);
                Cow::Owned(decoded.map_err(|error| {
                    Problem::internal(format!("the event's base64 body: {error}"))
                })?)
            } else {
                Cow::Borrowed(text.as_bytes())
            };
        if bytes.len() > MAX_BODY {
            return Err(Problem::BodyTooLarge { limit: MAX_BODY });
        }
        let text = str::from_utf8(&bytes);
        let text =
            text.map_err(|error| Problem::UnreadableBody(format!("it is not UTF-8: {error}")))?;
        body::read(text).map_err(|error| match error {
            JsonError::Malformed(detail) => Problem::UnreadableBody(detail),
            JsonError::Invalid(errors) => Problem::InvalidBody(errors),
        })
    }

    /// Whether the body is of one of `types`, and in UTF-8 (RFC 8259 section 8.1) if it has a charset.
    fn content_type_is_one_of(&self, types: &[&str]) -> bool {
        let mut parts = self
            .header("content-type")
            .unwrap_or_default()
            .split(';')
            .map(str::trim);
        let essence = parts.next().unwrap_or_default();
        let charset_is_utf_8 = parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        });
        charset_is_utf_8
            && types
                .iter()
                .any(|known| known.eq_ignore_ascii_case(essence))
    }

    pub(crate) fn header_value(&self, name: &str) -> Option<&HeaderValue> {
        self.event.headers.get(name)
    }

    /// The parts in which two requests to one route may differ: path, query and body.
    pub(crate) fn parts(&self) -> [&str; 3] {
        let path = self.event.raw_path.as_deref().unwrap_or_default();
        [
            path,
            self.raw_query(),
            self.event.body.as_deref().unwrap_or_default(),
        ]
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.header_value(name)
            .and_then(|value| value.to_str().ok())
    }

    /// The versions that the change may find: `If-Match`.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when the header is not a list of entity tags.
    pub fn expected(&self) -> Result<Expected, Problem> {
        if_match(self.header("if-match")).map_err(|error| header_problem("If-Match", error))
    }

    /// Answers a GET with an entity: 200, or 304 when `If-None-Match` names its version.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when the header is not a list of entity tags.
    pub fn item<T: Serialize>(&self, item: &Versioned<T>) -> Result<Reply, Problem> {
        let had = none_match(self.header("if-none-match"), item.version);
        let had = had.map_err(|error| header_problem("If-None-Match", error))?;
        Ok(if had {
            Reply::not_modified(item)
        } else {
            Reply::item(item)
        })
    }

    /// Answers a GET with a page of a list: 200, `next` and, when there is more, `Link: rel="next"`
    /// (RFC 8288).
    pub fn page<T: Serialize>(&self, page: &Page<T>) -> Reply {
        let next = page.next.as_ref().map(ToString::to_string);
        let link = next
            .as_ref()
            .map(|cursor| format!("<{}>; rel=\"next\"", self.with_cursor(cursor)));
        let reply = Reply::ok(&Listed {
            items: &page.items,
            next,
        });
        match link {
            Some(link) => reply.header("link", &link),
            None => reply,
        }
    }

    fn raw_query(&self) -> &str {
        self.event.raw_query_string.as_deref().unwrap_or_default()
    }

    /// This request's path and query with another cursor.
    fn with_cursor(&self, cursor: &str) -> String {
        let given = form_urlencoded::parse(self.raw_query().as_bytes())
            .filter(|(name, _)| name != "cursor");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given)
            .append_pair("cursor", cursor)
            .finish();
        let path = self.event.raw_path.as_deref().unwrap_or_default();
        let path: Vec<_> = path.split('/').map(escape).collect();
        format!("{}?{query}", path.join("/"))
    }
}

fn header_problem(name: &str, error: impl Display) -> Problem {
    Problem::InvalidParameter(vec![InvalidField::parameter(name, error)])
}
