//! Parameter mapping: changes requests before the function gets them, and responses before the client
//! does. `manifest` has parsed and checked the declared changes.

use std::{borrow::Cow, collections::BTreeMap};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use manifest::{Change, Mapping, MappingValue, Parameter, Part, Source};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    context_variables::context_variable,
    event::Event,
    mapped_values::{FunctionResponse, Parameters},
};
use crate::{
    client_request::Request, client_response::Response, query_string, request_target::Target,
};

/// The parts of a request that a mapping may change.
pub(super) struct MappedRequest<'a> {
    request: Cow<'a, Request>,
    target: Cow<'a, Target>,
}

impl MappedRequest<'_> {
    /// Returns the event with the mapped parts.
    pub(super) fn event<'e>(&'e self, event: &Event<'e>) -> Event<'e> {
        Event {
            request: &self.request,
            target: &self.target,
            ..*event
        }
    }
}

/// Maps the parameters of the request of `event`. All values are those of the request as it arrived.
pub(super) fn map_request<'a>(event: &Event<'a>) -> MappedRequest<'a> {
    let mut request = Cow::Borrowed(event.request);
    let mut target = Cow::Borrowed(event.target);
    for change in &event.route.mapping.request {
        match &change.change {
            Change::Remove(Parameter::QueryString(name)) => {
                remove_query(&mut target.to_mut().query, name);
            }
            Change::Overwrite(Parameter::QueryString(name), value) => {
                if let Some(value) = event.value(value) {
                    let query = &mut target.to_mut().query;
                    remove_query(query, name);
                    append_query(query, name, &value);
                }
            }
            Change::Append(Parameter::QueryString(name), value) => {
                if let Some(value) = event.value(value) {
                    append_query(&mut target.to_mut().query, name, &value);
                }
            }
            Change::Path(value) => {
                if let Some(path) = event.value(value) {
                    let target = target.to_mut();
                    target.raw_path.clone_from(&path);
                    target.path = path;
                }
            }
            change => map_header(&mut request.to_mut().headers, change, event),
        }
    }
    MappedRequest { request, target }
}

/// Maps the parameters of a function's response, if changes are declared for its status.
pub(super) fn map_response(
    mapping: &Mapping,
    response: &mut Response,
    context: &BTreeMap<String, String>,
) {
    let Some(changes) = mapping.responses.get(&response.status().as_u16()) else {
        return;
    };
    let (headers, body) = (response.headers().clone(), response.body().clone());
    let original = FunctionResponse {
        headers: &headers,
        body: &body,
        context,
    };
    for change in changes {
        match &change.change {
            Change::Status(value) => {
                let status = original.value(value).and_then(|value| value.parse().ok());
                let status = status.filter(|status| (200..=599).contains(status));
                if let Some(status) = status.and_then(|code| StatusCode::from_u16(code).ok()) {
                    *response.status_mut() = status;
                }
            }
            change => map_header(response.headers_mut(), change, &original),
        }
    }
}

/// Returns the context variables that the mapping of the responses to `event` reads.
pub(super) fn response_context(event: &Event<'_>) -> BTreeMap<String, String> {
    let changes = event.route.mapping.responses.values().flatten();
    let values = changes.filter_map(|change| match &change.change {
        Change::Append(_, value) | Change::Overwrite(_, value) => Some(value),
        Change::Path(value) | Change::Status(value) => Some(value),
        Change::Remove(_) => None,
    });
    values
        .flat_map(|value: &MappingValue| &value.parts)
        .filter_map(|part| match part {
            Part::Source(Source::Context(name)) => {
                Some((name.clone(), context_variable(name, event)?))
            }
            _ => None,
        })
        .collect()
}

/// Applies a change of a header. Other changes, and values that a header cannot have, change nothing.
fn map_header(headers: &mut HeaderMap, change: &Change, original: &impl Parameters) {
    match change {
        Change::Remove(Parameter::Header(name)) => {
            headers.remove(name);
        }
        Change::Overwrite(Parameter::Header(name), value) => {
            if let Some((name, value)) = header(name, value, original) {
                headers.insert(name, value);
            }
        }
        Change::Append(Parameter::Header(name), value) => {
            if let Some((name, value)) = header(name, value, original) {
                headers.append(name, value);
            }
        }
        _ => {}
    }
}

fn header(
    name: &str,
    value: &MappingValue,
    original: &impl Parameters,
) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&original.value(value)?).ok()?;
    Some((name.parse().ok()?, value))
}

/// Removes a parameter and leaves the others as they were sent.
fn remove_query(query: &mut String, name: &str) {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !query_string::pairs(pair).iter().any(|(key, _)| key == name))
        .collect();
    *query = kept.join("&");
}

fn append_query(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    query.push_str(&format!("{}={}", encoded(name), encoded(value)));
}
