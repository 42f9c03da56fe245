//! The event of a Lambda proxy integration (section 2.1 of the REST facts). Empty fields are `null`.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, header};
use jiff::{Timestamp, tz::TimeZone};
use manifest::ResponseType;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{gateway_error::GatewayError, response_headers::ResponseIds};
use crate::{
    api_keys::ApiKey,
    authorized::Caller,
    client_request::Request,
    iam::IamCaller,
    identity::{ACCOUNT_ID, API_ID, method_arn},
    limits, query_string,
    request_headers::{FORWARDED_FOR, first, forwarded_for, host, text},
    request_target::Target,
    trace::trace_id,
};

type Single<'a> = BTreeMap<&'a str, &'a str>;
type Multi = BTreeMap<String, Vec<String>>;

/// The deployment of the API: here, always the present one.
const DEPLOYMENT_ID: &str = "local0";

/// The sources of an event.
pub(super) struct ProxyEvent<'a> {
    pub(super) request: &'a Request,
    pub(super) body: &'a Bytes,
    pub(super) encodes_body: bool,
    pub(super) target: &'a Target,
    pub(super) stage: &'a str,
    /// The path of the resource: `/users/{userId}`.
    pub(super) resource: &'a str,
    pub(super) path_parameters: &'a BTreeMap<String, String>,
    pub(super) caller: &'a Caller,
    pub(super) key: Option<&'a ApiKey>,
    pub(super) received: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson<'a> {
    #[serde(flatten)]
    request: RequestJson<'a>,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizerEventJson<'a> {
    r#type: &'static str,
    method_arn: String,
    #[serde(flatten)]
    request: RequestJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestJson<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Single<'a>,
    multi_value_headers: &'a Multi,
    query_string_parameters: Option<Single<'a>>,
    multi_value_query_string_parameters: Option<&'a Multi>,
    path_parameters: Option<&'a BTreeMap<String, String>>,
    stage_variables: Option<Single<'a>>,
    request_context: ContextJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextJson<'a> {
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<AuthorizerJson<'a>>,
    resource_path: &'a str,
    http_method: &'a str,
    extended_request_id: String,
    request_time: String,
    path: &'a str,
    account_id: &'static str,
    protocol: &'static str,
    stage: &'a str,
    domain_prefix: String,
    request_time_epoch: i64,
    request_id: String,
    identity: IdentityJson<'a>,
    domain_name: String,
    deployment_id: &'static str,
    api_id: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AuthorizerJson<'a> {
    /// The claims with their JSON types (fact R3.19).
    Jwt {
        claims: &'a Map<String, Value>,
    },
    Lambda(Map<String, Value>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdentityJson<'a> {
    cognito_identity_pool_id: Option<()>,
    account_id: Option<&'a str>,
    cognito_identity_id: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a str>,
    caller: Option<&'a str>,
    source_ip: String,
    principal_org_id: Option<()>,
    access_key: Option<&'a str>,
    cognito_authentication_type: Option<()>,
    cognito_authentication_provider: Option<()>,
    user_arn: Option<&'a str>,
    user_agent: String,
    user: Option<&'a str>,
}

impl ProxyEvent<'_> {
    /// Returns the event as JSON.
    ///
    /// # Errors
    ///
    /// Fails if it is too long for Lambda.
    pub(super) fn payload(&self) -> Result<Bytes, GatewayError> {
        let (headers, query) = (self.headers(), query_parameters(self.target));
        let (body, is_base64_encoded) = self.body();
        let payload = json(&EventJson {
            request: self.request_json(&headers, &query, |is_empty| !is_empty),
            body,
            is_base64_encoded,
        });
        if payload.len() > limits::PAYLOAD {
            let reason = format!("an event of {} bytes is too long for Lambda", payload.len());
            return Err(GatewayError::new(ResponseType::RequestTooLarge, reason));
        }
        Ok(payload)
    }

    /// Returns the event of a Lambda authorizer of type `request` (fact R3.6). Its empty maps are not
    /// `null`.
    pub(super) fn authorizer_payload(&self) -> Bytes {
        let (headers, query) = (self.headers(), query_parameters(self.target));
        json(&AuthorizerEventJson {
            r#type: "REQUEST",
            method_arn: self.arn(),
            request: self.request_json(&headers, &query, |_| true),
        })
    }

    /// The ARN of the method with the path of the request.
    pub(super) fn arn(&self) -> String {
        method_arn(self.stage, &self.request.method, &self.target.path)
    }

    /// `has` returns whether the event has a map, by whether the map is empty.
    fn request_json<'a>(
        &'a self,
        headers: &'a Multi,
        query: &'a Multi,
        has: impl Fn(bool) -> bool,
    ) -> RequestJson<'a> {
        let has_query = has(query.is_empty());
        RequestJson {
            resource: self.resource,
            path: &self.target.path,
            http_method: self.request.method.as_str(),
            headers: last(headers),
            multi_value_headers: headers,
            query_string_parameters: has_query.then(|| last(query)),
            multi_value_query_string_parameters: has_query.then_some(query),
            path_parameters: Some(self.path_parameters).filter(|map| has(map.is_empty())),
            stage_variables: has(true).then(Single::new),
            request_context: self.context(),
        }
    }

    fn context(&self) -> ContextJson<'_> {
        let ids = ResponseIds::of(self.request);
        let domain_name = host(&self.request.headers);
        let time = self.received.to_zoned(TimeZone::UTC);
        ContextJson {
            resource_id: resource_id(self.resource),
            authorizer: match self.caller {
                Caller::Jwt(token) => Some(AuthorizerJson::Jwt {
                    claims: &token.claims,
                }),
                Caller::Lambda(caller) => {
                    Some(AuthorizerJson::Lambda(caller.with_context_as_strings()))
                }
                Caller::Anonymous | Caller::Iam(_) => None,
            },
            resource_path: self.resource,
            http_method: self.request.method.as_str(),
            extended_request_id: ids.extended_request_id,
            request_time: time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            path: &self.target.raw_path,
            account_id: ACCOUNT_ID,
            protocol: "HTTP/1.1",
            stage: self.stage,
            domain_prefix: domain_name.split('.').next().unwrap_or_default().to_owned(),
            request_time_epoch: self.received.as_millisecond(),
            request_id: ids.request_id,
            identity: self.identity(),
            domain_name,
            deployment_id: DEPLOYMENT_ID,
            api_id: API_ID,
        }
    }

    /// Facts R3.15 and R4.9.
    fn identity(&self) -> IdentityJson<'_> {
        let caller: Option<&IamCaller> = match self.caller {
            Caller::Iam(caller) => Some(caller),
            Caller::Anonymous | Caller::Jwt(_) | Caller::Lambda(_) => None,
        };
        IdentityJson {
            cognito_identity_pool_id: None,
            account_id: caller.map(|caller| caller.account_id.as_str()),
            cognito_identity_id: None,
            api_key: self.key.map(|key| key.value.as_str()),
            api_key_id: self.key.map(|key| key.id.as_str()),
            caller: caller.map(|caller| caller.user_id.as_str()),
            source_ip: self.request.source_ip.to_string(),
            principal_org_id: None,
            access_key: caller.map(|caller| caller.access_key_id.as_str()),
            cognito_authentication_type: None,
            cognito_authentication_provider: None,
            user_arn: caller.map(|caller| caller.arn.as_str()),
            user_agent: first(&self.request.headers, header::USER_AGENT),
            user: caller.map(|caller| caller.user_id.as_str()),
        }
    }

    /// Facts R2.3 to R2.5. The server hands over names in lower case.
    fn headers(&self) -> Multi {
        let mut headers = Multi::new();
        for (name, value) in &self.request.headers {
            let value = text(value);
            if !is_dropped(name, &value) {
                headers.entry(spelled(name)).or_default().push(value);
            }
        }
        let mut set = |name: &str, value: String| headers.insert(name.to_owned(), vec![value]);
        set("X-Amzn-Trace-Id", trace_id(self.request, self.received));
        set("X-Forwarded-For", forwarded_for(self.request));
        // As in AWS, though the front door itself speaks HTTP.
        set("X-Forwarded-Port", "443".to_owned());
        set("X-Forwarded-Proto", "https".to_owned());
        headers
    }

    /// Fact R2.7.
    fn body(&self) -> (Option<String>, bool) {
        if self.body.is_empty() {
            (None, false)
        } else if self.encodes_body {
            (Some(STANDARD.encode(self.body)), true)
        } else {
            (Some(String::from_utf8_lossy(self.body).into_owned()), false)
        }
    }
}

/// Returns the parameters of the query string (fact R1.15). `;` separates parameters too (fact R1.13).
pub(super) fn query_parameters(target: &Target) -> BTreeMap<String, Vec<String>> {
    let mut query = Multi::new();
    for (name, value) in query_string::pairs(&target.query.replace(';', "&")) {
        query.entry(name).or_default().push(value);
    }
    query
}

fn json(event: &impl Serialize) -> Bytes {
    serde_json::to_vec(event)
        .expect("an event has string keys only and writes to memory")
        .into()
}

/// The last value of each name (fact R1.16).
fn last(values: &Multi) -> Single<'_> {
    values
        .iter()
        .filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str())))
        .collect()
}

fn is_dropped(name: &HeaderName, value: &str) -> bool {
    const DROPPED: [&str; 14] = [
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
        // The gateway sets these itself.
        "x-amzn-trace-id",
        FORWARDED_FOR,
    ];
    let is_signature = *name == header::AUTHORIZATION && value.starts_with("AWS4-");
    is_signature || DROPPED.contains(&name.as_str())
}

/// Fact R2.3: these names are the same for every client.
fn spelled(name: &HeaderName) -> String {
    match name.as_str() {
        "authorization" => "Authorization".to_owned(),
        "host" => "Host".to_owned(),
        "user-agent" => "User-Agent".to_owned(),
        "x-forwarded-port" => "X-Forwarded-Port".to_owned(),
        "x-forwarded-proto" => "X-Forwarded-Proto".to_owned(),
        other => other.to_owned(),
    }
}

/// Six letters and digits, the same for each start.
fn resource_id(resource: &str) -> String {
    let hash = resource
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{:06x}", hash >> 40)
}
