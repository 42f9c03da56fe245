//! Events of API Gateway, of both kinds of API: an HTTP API's (payload format 2.0) and a REST API's.
//!
//! The types of `aws_lambda_events` read one kind each. A function does not know before which kind it
//! is called from, and to read an event twice would cost more than the handler. So this type has the
//! fields of both that functions use. All other fields are skipped without being stored.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// An event, as Lambda passes it to a function with an HTTP route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    pub(crate) request_context: RequestContext,
    pub(crate) headers: Option<BTreeMap<String, String>>,
    pub(crate) path_parameters: Option<BTreeMap<String, String>>,
    pub(crate) body: Option<String>,
    pub(crate) is_base64_encoded: bool,
    // Of an HTTP API.
    pub(crate) route_key: Option<String>,
    /// Decoded.
    pub(crate) raw_path: Option<String>,
    /// As sent.
    pub(crate) raw_query_string: Option<String>,
    // Of a REST API.
    pub(crate) http_method: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    /// Decoded.
    pub(crate) multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestContext {
    pub(crate) request_id: String,
    pub(crate) authorizer: Option<Authorizer>,
    /// Of a REST API: the path with the stage, as sent.
    pub(crate) path: Option<String>,
}

/// The authorizer's block, as JSON. The context of a Lambda authorizer is parsed only for handlers that
/// ask for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Authorizer(Box<RawValue>);

/// The claims of the caller's token that functions use. An HTTP API, and a REST API with a Cognito
/// authorizer, write each as a string. A REST API with a JWT authorizer keeps their JSON types.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Claims {
    pub(crate) sub: Option<Value>,
    pub(crate) scp: Option<Value>,
    pub(crate) scope: Option<Value>,
}

impl Authorizer {
    /// Returns the claims of the caller's token: of an HTTP API in `jwt.claims`, of a REST API in
    /// `claims`. A Lambda authorizer of a REST API can write a text there, which is not a token's.
    pub(crate) fn claims(&self) -> Option<Claims> {
        #[derive(Deserialize)]
        struct Block {
            jwt: Option<Token>,
            claims: Option<Claims>,
        }
        #[derive(Deserialize)]
        struct Token {
            claims: Option<Claims>,
        }

        let block: Block = serde_json::from_str(self.0.get()).ok()?;
        block.jwt.and_then(|token| token.claims).or(block.claims)
    }

    /// Returns the context of a Lambda authorizer: of an HTTP API in `lambda`, of a REST API in the
    /// block itself.
    pub(crate) fn context(&self) -> Map<String, Value> {
        let mut block: Map<String, Value> = serde_json::from_str(self.0.get()).unwrap_or_default();
        match block.remove("lambda") {
            Some(Value::Object(context)) => context,
            _ => block,
        }
    }
}
