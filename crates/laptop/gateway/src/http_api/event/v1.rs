//! Payload format 1.0, as in the events that AWS's .NET test tool recorded from an HTTP API in April 2025:
//! empty fields are `null`, `path` stays percent-encoded, and the single-valued maps have the last value
//! of a repeated name.

use std::collections::BTreeMap;

use http::header;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Event, body_encoding, headers, v2::prefix};
use crate::{
    authorized::Caller,
    identity::{ACCOUNT_ID, API_ID, STAGE},
    query_string,
    request_headers::first,
    request_id::request_id,
};

type Single = BTreeMap<String, String>;
type Multi = BTreeMap<String, Vec<String>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event1<'a> {
    version: &'static str,
    #[serde(flatten)]
    request: RequestJson<'a>,
    body: Option<String>,
    is_base64_encoded: bool,
}

/// The event of a Lambda authorizer. Its empty maps are not `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizerEvent1<'a> {
    version: &'static str,
    r#type: &'static str,
    method_arn: String,
    /// The values joined with commas.
    identity_source: Option<String>,
    authorization_token: Option<String>,
    #[serde(flatten)]
    request: RequestJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestJson<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Single,
    multi_value_headers: Multi,
    query_string_parameters: Option<Single>,
    multi_value_query_string_parameters: Option<Multi>,
    request_context: Context<'a>,
    path_parameters: Option<&'a Single>,
    stage_variables: Option<Single>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer<'a>>,
    domain_name: String,
    domain_prefix: String,
    extended_request_id: String,
    http_method: &'a str,
    identity: Identity<'a>,
    path: &'a str,
    protocol: &'static str,
    request_id: String,
    request_time: String,
    request_time_epoch: i64,
    resource_id: String,
    resource_path: &'a str,
    stage: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Authorizer<'a> {
    Jwt {
        claims: Single,
        scopes: Option<&'a [String]>,
    },
    Lambda(Map<String, Value>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    access_key: Option<&'a str>,
    account_id: Option<&'a str>,
    caller: Option<&'a str>,
    cognito_amr: Option<()>,
    cognito_authentication_provider: Option<()>,
    cognito_authentication_type: Option<()>,
    cognito_identity_id: Option<()>,
    cognito_identity_pool_id: Option<()>,
    principal_org_id: Option<()>,
    source_ip: String,
    user: Option<&'a str>,
    user_agent: String,
    user_arn: Option<&'a str>,
}

pub(super) fn event<'a>(event: &'a Event<'_>) -> Event1<'a> {
    let (body, is_base64_encoded) = body_encoding::body(event);
    Event1 {
        version: "1.0",
        request: request(event, headers::headers(event), |is_empty| !is_empty),
        body,
        is_base64_encoded,
    }
}

pub(super) fn authorizer_event<'a>(
    event: &'a Event<'_>,
    identity: &[String],
) -> AuthorizerEvent1<'a> {
    let identity = (!identity.is_empty()).then(|| identity.join(","));
    AuthorizerEvent1 {
        version: "1.0",
        r#type: "REQUEST",
        method_arn: event.arn(),
        identity_source: identity.clone(),
        authorization_token: identity,
        request: request(event, headers::headers_without_body(event), |_| true),
    }
}

/// `has` returns whether the event has a map, by whether the map is empty.
fn request<'a>(
    event: &'a Event<'_>,
    headers: Multi,
    has: impl Fn(bool) -> bool,
) -> RequestJson<'a> {
    let multi_value_headers: Multi = headers
        .into_iter()
        .map(|(name, values)| (spelled(name), values))
        .collect();
    let mut query = Multi::new();
    for (name, value) in query_string::pairs(&event.target.query) {
        query.entry(name).or_default().push(value);
    }
    let has_query = has(query.is_empty());
    RequestJson {
        resource: resource(&event.route.key),
        path: &event.target.raw_path,
        http_method: event.request.method.as_str(),
        headers: last(&multi_value_headers),
        multi_value_headers,
        query_string_parameters: has_query.then(|| last(&query)),
        multi_value_query_string_parameters: has_query.then_some(query),
        request_context: context(event),
        path_parameters: Some(event.path_parameters).filter(|map| has(map.is_empty())),
        stage_variables: has(true).then(Single::new),
    }
}

fn context<'a>(event: &'a Event<'_>) -> Context<'a> {
    let domain_name = event.domain_name();
    Context {
        account_id: ACCOUNT_ID,
        api_id: API_ID,
        authorizer: match event.caller {
            Caller::Jwt(token) => Some(Authorizer::Jwt {
                claims: token.claims_as_strings(),
                scopes: token.scopes.as_deref(),
            }),
            Caller::Lambda(caller) => Some(Authorizer::Lambda(caller.with_context_as_json())),
            Caller::Anonymous | Caller::Iam(_) => None,
        },
        domain_prefix: prefix(&domain_name),
        domain_name,
        extended_request_id: request_id(event.request.id),
        http_method: event.request.method.as_str(),
        identity: identity(event),
        path: &event.target.path,
        protocol: "HTTP/1.1",
        request_id: request_id(event.request.id),
        request_time: event.time(),
        request_time_epoch: event.received.as_millisecond(),
        resource_id: event.route.key.to_string(),
        resource_path: resource(&event.route.key),
        stage: STAGE,
    }
}

fn identity<'a>(event: &'a Event<'_>) -> Identity<'a> {
    let caller = match event.caller {
        Caller::Iam(caller) => Some(caller),
        Caller::Anonymous | Caller::Jwt(_) | Caller::Lambda(_) => None,
    };
    Identity {
        access_key: caller.map(|caller| caller.access_key_id.as_str()),
        account_id: caller.map(|caller| caller.account_id.as_str()),
        caller: caller.map(|caller| caller.user_id.as_str()),
        cognito_amr: None,
        cognito_authentication_provider: None,
        cognito_authentication_type: None,
        cognito_identity_id: None,
        cognito_identity_pool_id: None,
        principal_org_id: None,
        source_ip: event.request.source_ip.to_string(),
        user: caller.map(|caller| caller.user_id.as_str()),
        user_agent: first(&event.request.headers, header::USER_AGENT),
        user_arn: caller.map(|caller| caller.arn.as_str()),
    }
}

fn last(values: &Multi) -> Single {
    values
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())))
        .collect()
}

/// Spells the headers that the gateway sets itself as Go does: `X-Amzn-Trace-Id`. All others keep the
/// client's spelling, which is in lower case over HTTP/2.
fn spelled(name: String) -> String {
    let is_gateways = matches!(
        name.as_str(),
        "content-length" | "content-type" | "host" | "user-agent" | "x-amzn-trace-id"
    ) || name.starts_with("x-forwarded-");
    if !is_gateways {
        return name;
    }
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

/// The path of a route, or `$default`.
fn resource(route: &manifest::Route) -> &str {
    match route {
        manifest::Route::Path { path, .. } => path.as_str(),
        manifest::Route::Default => "$default",
    }
}
