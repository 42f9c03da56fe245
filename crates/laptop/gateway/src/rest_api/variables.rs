//! The variables of gateway responses (facts R6.5 and R6.6).

use http::{HeaderValue, header};
use jiff::Timestamp;

use super::{
    gateway_error::GatewayError,
    response_headers::{ResponseIds, trace_root},
};
use crate::{
    client_request::Request,
    identity::{ACCOUNT_ID, API_ID},
    query_string,
    request_headers::{first, host, text},
    request_target::Target,
};

/// The sources of the variables.
#[derive(Clone, Copy)]
pub(super) struct Variables<'a> {
    pub(super) request: &'a Request,
    pub(super) stage: &'a str,
    /// The path of the resource, if the route is known.
    pub(super) resource: Option<&'a str>,
    pub(super) now: Timestamp,
}

impl Variables<'_> {
    pub(super) fn trace_root(&self) -> HeaderValue {
        trace_root(self.request, self.now)
    }

    /// Returns a template with the values of its variables. A variable without a value is empty.
    pub(super) fn fill_in(&self, template: &str, error: &GatewayError) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            let name = &rest[at + 1..];
            let end = name
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
                .unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            // A sentence may end after a variable.
            let trimmed = name.trim_end_matches('.');
            match self.variable(trimmed, error) {
                Some(value) => filled.push_str(&value),
                None if trimmed.is_empty() => filled.push('$'),
                None => {}
            }
            filled.push_str(&name[trimmed.len()..]);
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// Returns the value of a declared header: a text in single quotes, or a parameter.
    pub(super) fn parameter(&self, source: &str, error: &GatewayError) -> Option<String> {
        let quoted = source
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        match quoted {
            Some(text) => Some(text.to_owned()),
            None => self.variable(source, error),
        }
    }

    fn variable(&self, name: &str, error: &GatewayError) -> Option<String> {
        if let Some(name) = name.strip_prefix("method.request.header.") {
            return self.request.headers.get(name).map(text);
        }
        if let Some(name) = name.strip_prefix("method.request.querystring.") {
            let target = Target::split(&self.request.target).ok()?;
            let pairs = query_string::pairs(&target.query);
            let sent = pairs.into_iter().rfind(|(sent, _)| sent == name);
            return sent.map(|(_, value)| value);
        }
        self.context(name.strip_prefix("context.")?, error)
    }

    fn context(&self, name: &str, error: &GatewayError) -> Option<String> {
        match name {
            "error.message" => error.message.clone(),
            "error.messageString" => Some(error.message_string()),
            "error.validationErrorString" => error.validation.clone(),
            "error.responseType" => Some(<&str>::from(error.kind).to_owned()),
            name => self.request_context(name),
        }
    }

    /// Returns the value of a context variable that every request has, named without `context.`.
    pub(super) fn request_context(&self, name: &str) -> Option<String> {
        Some(match name {
            "requestId" => ResponseIds::of(self.request).request_id,
            "extendedRequestId" => ResponseIds::of(self.request).extended_request_id,
            "accountId" => ACCOUNT_ID.to_owned(),
            "apiId" => API_ID.to_owned(),
            "domainName" => host(&self.request.headers),
            "httpMethod" => self.request.method.to_string(),
            "identity.userAgent" => first(&self.request.headers, header::USER_AGENT),
            "identity.sourceIp" => self.request.source_ip.to_string(),
            "path" => Target::split(&self.request.target).ok()?.raw_path,
            "protocol" => "HTTP/1.1".to_owned(),
            "requestTimeEpoch" => self.now.as_millisecond().to_string(),
            "resourcePath" => self.resource?.to_owned(),
            "stage" => self.stage.to_owned(),
            _ => return None,
        })
    }
}
