//! A request to a REST API, as a Lambda authorizer sees it (facts R3.5 and R3.6).

use bytes::Bytes;
use manifest::{AuthorizerKind, AuthorizerTrigger, IdentitySource};
use serde_json::json;

use super::{proxy_event::ProxyEvent, variables::Variables};
use crate::{lambda_authorizer::AuthorizerRequest, query_string, request_headers::text};

impl AuthorizerRequest for ProxyEvent<'_> {
    fn arn(&self) -> String {
        self.arn()
    }

    fn identity(&self, source: &IdentitySource) -> Option<String> {
        let values: Vec<String> = match source {
            IdentitySource::Header(name) => {
                let values = self.request.headers.get_all(name).iter();
                values.map(text).collect()
            }
            IdentitySource::QueryString(name) => {
                let pairs = query_string::pairs(&self.target.query).into_iter();
                let values = pairs.filter(|(key, _)| key == name);
                values.map(|(_, value)| value).collect()
            }
            IdentitySource::Context(name) => {
                let variables = Variables {
                    request: self.request,
                    stage: self.stage,
                    resource: Some(self.resource),
                    now: self.received,
                };
                variables.request_context(name).into_iter().collect()
            }
            // The stage has no variables.
            IdentitySource::StageVariable(_) => Vec::new(),
        };
        (!values.is_empty()).then(|| values.join(","))
    }

    fn authorizer_event(&self, authorizer: &AuthorizerTrigger, identity: &[String]) -> Bytes {
        match authorizer.kind {
            AuthorizerKind::Token => {
                let event = json!({
                    "type": "TOKEN",
                    "authorizationToken": identity.first(),
                    "methodArn": self.arn(),
                });
                event.to_string().into()
            }
            AuthorizerKind::Request => self.authorizer_payload(),
        }
    }
}
