//! Requests, as handlers read them.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use deserr::Deserr;
use dynamodb::Page;
use percent_encoding::percent_decode_str;
use record::{Expected, Versioned};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Caller, Event, InvalidField, InvalidFields, Listed, Problem, Query, Reply,
    body::{self, JsonError},
    caller::subject,
    gateway_event::{Authorizer, Claims},
    precondition::{if_match, none_match},
    uri::escape,
};

/// The greatest number of bytes of a body. A text of 2,000 characters is under 30,000 even if every
/// character is written as two `\u` escapes.
const MAX_BODY: usize = 65_536;

/// A request to an API, from the event of an HTTP API or a REST API. Handlers need not know which.
#[derive(Clone, Debug)]
pub struct Request {
    id: String,
    route: String,
    /// With the stage, if the client's URL has it.
    path: String,
    /// As sent.
    query: String,
    /// Whether `path` and `path_parameters` are percent-encoded, as in the events of a REST API.
    is_path_encoded: bool,
    path_parameters: BTreeMap<String, String>,
    /// The values of a repeated header are joined with commas.
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
    claims: Option<Claims>,
    authorizer: Option<Authorizer>,
    scope_prefix: String,
}

impl Request {
    /// Reads an event. `scope_prefix` is what the token issuer puts before each scope.
    #[must_use]
    pub fn new(event: Event, scope_prefix: &str) -> Self {
        let context = event.request_context;
        let is_rest = event.http_method.is_some();
        let mut request = Self {
            id: context.request_id,
            route: event.route_key.unwrap_or_default(),
            path: event.raw_path.unwrap_or_default(),
            query: event.raw_query_string.unwrap_or_default(),
            is_path_encoded: is_rest,
            path_parameters: event.path_parameters.unwrap_or_default(),
            headers: event.headers.unwrap_or_default(),
            body: event.body.unwrap_or_default(),
            is_base64_encoded: event.is_base64_encoded,
            claims: context.authorizer.as_ref().and_then(Authorizer::claims),
            authorizer: context.authorizer,
            scope_prefix: scope_prefix.to_owned(),
        };
        if let (Some(method), Some(resource)) = (event.http_method, event.resource) {
            request.route = format!("{method} {resource}");
            request.path = context.path.unwrap_or_default();
            request.query = encoded(event.multi_value_query_string_parameters);
            let headers = event.multi_value_headers.unwrap_or_default().into_iter();
            request.headers = headers
                .map(|(name, values)| (name, values.join(",")))
                .collect();
        }
        request
    }

    /// API Gateway's id of the request, which the client has in `apigw-requestid` (HTTP API) or in
    /// `x-amzn-requestid` (REST API).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The route as it is declared: `GET /users/{userId}`.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
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
        Caller::read(self.claims.as_ref(), &self.scope_prefix)
    }

    /// A value of the context that the route's Lambda authorizer returned. A REST API writes numbers and
    /// booleans as text, and so does this function for an HTTP API.
    #[must_use]
    pub fn authorizer_context(&self, name: &str) -> Option<String> {
        let value = self.authorizer.as_ref()?.context().remove(name)?;
        Some(match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    pub(crate) fn subject(&self) -> &str {
        subject(self.claims.as_ref())
    }

    /// A variable of the route's path.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when it cannot be parsed.
    pub fn path<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        let invalid = |error: &dyn Display| {
            Problem::InvalidParameter(vec![InvalidField::parameter(name, error)])
        };
        let text = self.path_parameters.get(name);
        let text = text
            .ok_or_else(|| Problem::internal(format!("the route has no path variable `{name}`")))?;
        let text = if self.is_path_encoded {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map_err(|_| invalid(&"is not UTF-8"))?
        } else {
            Cow::Borrowed(text.as_str())
        };
        text.parse().map_err(|error| invalid(&error))
    }

    /// Reads the query string.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] with all parameters that are wrong, given twice or unknown.
    pub fn query<T>(&self, read: impl FnOnce(&mut Query) -> T) -> Result<T, Problem> {
        let mut query = Query::new(&self.query);
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
        let text = self.body.as_str();
        if !text.is_empty() && !self.content_type_is_one_of(types) {
            return Err(Problem::UnsupportedMediaType { expected });
        }
        if text.is_empty() {
            return Err(Problem::UnreadableBody(
                "it is missing, and this route takes a JSON object".to_owned(),
            ));
        }
        let bytes =
            if self.is_base64_encoded {
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

    /// A header's value. The events of a REST API have names as the client spelled them.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The parts in which two requests to one route may differ: path, query and body.
    pub(crate) fn parts(&self) -> [Cow<'_, str>; 3] {
        let segments: Vec<_> = self.segments().collect();
        let own = &segments[segments.len() - self.route_depth()..];
        [
            format!("/{}", own.join("/")).into(),
            self.query.as_str().into(),
            self.body.as_str().into(),
        ]
    }

    /// The part of the client's URL before the route's own path: empty, or the stage, as in `/prod`.
    pub(crate) fn base_path(&self) -> String {
        let segments: Vec<_> = self.segments().collect();
        let base = &segments[..segments.len() - self.route_depth()];
        base.iter()
            .map(|segment| format!("/{}", escape(segment)))
            .collect()
    }

    /// The segments of the path, decoded.
    fn segments(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        path.split('/').map(|segment| {
            if self.is_path_encoded {
                percent_decode_str(segment).decode_utf8_lossy()
            } else {
                segment.into()
            }
        })
    }

    /// The number of segments of the path that belong to the route.
    fn route_depth(&self) -> usize {
        let path = self.route.split_once(" /").map_or("", |(_, path)| path);
        let depth: usize = path
            .split('/')
            .map(|segment| match segment.strip_suffix("+}") {
                Some(greedy) => {
                    let value = self.path_parameters.get(greedy.trim_start_matches('{'));
                    value.map_or(1, |value| value.split('/').count())
                }
                None => 1,
            })
            .sum();
        depth.min(self.segments().count())
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

    /// This request's path and query with another cursor.
    fn with_cursor(&self, cursor: &str) -> String {
        let given =
            form_urlencoded::parse(self.query.as_bytes()).filter(|(name, _)| name != "cursor");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given)
            .append_pair("cursor", cursor)
            .finish();
        let path: Vec<_> = self.segments().map(|segment| escape(&segment)).collect();
        format!("/{}?{query}", path.join("/"))
    }
}

/// A query string of decoded parameters.
fn encoded(parameters: Option<BTreeMap<String, Vec<String>>>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, values) in parameters.unwrap_or_default() {
        for value in values {
            query.append_pair(&name, &value);
        }
    }
    query.finish()
}

fn header_problem(name: &str, error: impl Display) -> Problem {
    Problem::InvalidParameter(vec![InvalidField::parameter(name, error)])
}

#[cfg(test)]
mod tests;
