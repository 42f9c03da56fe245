//! Payload format 2.0. Empty fields are absent (section 2.1 of the facts).

use std::collections::BTreeMap;

use http::header;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Event, body_encoding, headers};
use crate::{
    authorized::Caller,
    iam::IamCaller,
    identity::{ACCOUNT_ID, API_ID, STAGE},
    query_string,
    request_headers::first,
    request_id::request_id,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event2<'a> {
    version: &'static str,
    #[serde(flatten)]
    request: RequestJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

/// The event of a Lambda authorizer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizerEvent2<'a> {
    version: &'static str,
    r#type: &'static str,
    route_arn: String,
    identity_source: Option<&'a [String]>,
    #[serde(flatten)]
    request: RequestJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestJson<'a> {
    route_key: String,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<String, String>,
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
    http: Http<'a>,
    request_id: String,
    route_key: String,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: String,
}

/// Section 2.5 of the facts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Authorizer<'a> {
    Jwt {
        claims: BTreeMap<String, String>,
        scopes: Option<&'a [String]>,
    },
    Iam(Iam<'a>),
    Lambda(Option<&'a Map<String, Value>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Iam<'a> {
    access_key: &'a str,
    account_id: &'a str,
    caller_id: &'a str,
    cognito_identity: Option<()>,
    principal_org_id: Option<()>,
    user_arn: &'a str,
    user_id: &'a str,
}

pub(super) fn event<'a>(event: &'a Event<'_>) -> Event2<'a> {
    let (body, is_base64_encoded) = body_encoding::body(event);
    Event2 {
        version: "2.0",
        request: request(event, headers::headers(event)),
        body,
        is_base64_encoded,
    }
}

pub(super) fn authorizer_event<'a>(
    event: &'a Event<'_>,
    identity: &'a [String],
) -> AuthorizerEvent2<'a> {
    AuthorizerEvent2 {
        version: "2.0",
        r#type: "REQUEST",
        route_arn: event.arn(),
        identity_source: (!identity.is_empty()).then_some(identity),
        request: request(event, headers::headers_without_body(event)),
    }
}

fn request<'a>(
    event: &'a Event<'_>,
    mut headers: BTreeMap<String, Vec<String>>,
) -> RequestJson<'a> {
    let cookies = headers
        .remove("cookie")
        .into_iter()
        .flatten()
        .flat_map(|line| {
            line.split(';')
                .map(|cookie| cookie.trim().to_owned())
                .filter(|cookie| !cookie.is_empty())
                .collect::<Vec<_>>()
        })
        .collect();
    RequestJson {
        route_key: event.route.key.to_string(),
        raw_path: &event.target.path,
        raw_query_string: &event.target.query,
        cookies,
        headers: headers
            .into_iter()
            .map(|(name, values)| (name, values.join(",")))
            .collect(),
        query_string_parameters: joined(query_string::pairs(&event.target.query)),
        request_context: context(event),
        path_parameters: event.path_parameters,
    }
}

fn context<'a>(event: &'a Event<'_>) -> Context<'a> {
    let domain_name = event.domain_name();
    Context {
        account_id: ACCOUNT_ID,
        api_id: API_ID,
        authorizer: match event.caller {
            Caller::Anonymous => None,
            Caller::Jwt(token) => Some(Authorizer::Jwt {
                claims: token.claims_as_strings(),
                scopes: token.scopes.as_deref(),
            }),
            Caller::Iam(caller) => Some(Authorizer::Iam(iam(caller))),
            Caller::Lambda(caller) => Some(Authorizer::Lambda(caller.context.as_ref())),
        },
        domain_prefix: prefix(&domain_name),
        domain_name,
        http: Http {
            method: event.request.method.as_str(),
            path: &event.target.path,
            protocol: "HTTP/1.1",
            source_ip: event.request.source_ip.to_string(),
            user_agent: first(&event.request.headers, header::USER_AGENT),
        },
        request_id: request_id(event.request.id),
        route_key: event.route.key.to_string(),
        stage: STAGE,
        time: event.time(),
        time_epoch: event.received.as_millisecond(),
    }
}

fn iam(caller: &IamCaller) -> Iam<'_> {
    Iam {
        access_key: &caller.access_key_id,
        account_id: &caller.account_id,
        caller_id: &caller.user_id,
        cognito_identity: None,
        principal_org_id: None,
        user_arn: &caller.arn,
        user_id: &caller.user_id,
    }
}

/// The first label of a domain.
pub(super) fn prefix(domain: &str) -> String {
    domain.split('.').next().unwrap_or_default().to_owned()
}

/// Values of one name joined with a comma, in order.
fn joined(pairs: Vec<(String, String)>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        joined
            .entry(name)
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert(value);
    }
    joined
}
