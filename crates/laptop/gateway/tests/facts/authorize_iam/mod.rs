//! Section 6: signed requests. The signatures are botocore's, which shares no code with ours.

mod policy;
mod signature;

use std::time::Duration;

use bytes::Bytes;
use gateway::{
    Access, Configuration, ConfigurationError, HttpApi, PayloadFormat, Principal, Timestamp,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fixture::{Decision, Request, With, configuration, get, guarded, header, receive, text};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signed {
    at: String,
    access_key_id: String,
    secret_access_key: String,
    pub(crate) requests: Vec<SignedRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedRequest {
    pub(crate) name: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    pub(crate) session_token: Option<String>,
}

impl SignedRequest {
    pub(crate) fn request(&self) -> Request {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let mut request = get("/").body(self.body.clone());
        request.method = self.method.parse().unwrap();
        request.target = Bytes::from(self.target.clone());
        request.headers = headers;
        request
    }
}

impl Signed {
    pub(crate) fn at(&self) -> Timestamp {
        self.at.parse().unwrap()
    }
}

pub(crate) fn signed() -> Signed {
    serde_json::from_str(include_str!("../fixtures/signed-by-botocore.json")).unwrap()
}

pub(crate) fn case(name: &str) -> SignedRequest {
    let mut requests = signed().requests.into_iter();
    requests.find(|request| request.name == name).unwrap()
}

pub(crate) fn principal(session_token: Option<&str>, allow: &[&str]) -> Principal {
    let signed = signed();
    serde_json::from_value(json!({
        "access-key-id": signed.access_key_id,
        "secret-access-key": signed.secret_access_key,
        "session-token": session_token,
        "arn": "arn:aws:iam::123456789012:user/ann",
        "user-id": "AIDAEXAMPLE",
        "allow": allow
    }))
    .unwrap()
}

fn configuration_for(principal: Principal) -> Configuration {
    Configuration {
        principals: vec![principal],
        routes: vec![guarded("ANY /{rest+}", Access::Iam)],
        ..Configuration::default()
    }
}

fn api_for(principal: Principal) -> HttpApi {
    HttpApi::new(configuration_for(principal)).unwrap()
}

fn api() -> HttpApi {
    api_for(principal(None, &["*"]))
}

/// The event, or the reason for the log that goes with a 403.
fn decide_at(api: &HttpApi, request: &Request, at: Timestamp) -> Result<Value, String> {
    match receive(api, request, at) {
        Decision::Invoke(invocation) => Ok(serde_json::from_slice(&invocation.payload).unwrap()),
        Decision::Answer(answer) => {
            assert_eq!(answer.response.status(), 403);
            assert_eq!(text(&answer.response), r#"{"message":"Forbidden"}"#);
            assert!(header(&answer.response, "www-authenticate").is_empty());
            Err(answer.reason.unwrap())
        }
        other => panic!("not decided: {other:?}"),
    }
}

fn decide(api: &HttpApi, request: &Request) -> Result<Value, String> {
    decide_at(api, request, signed().at())
}

fn target(request: &Request, from: &str, to: &str) -> Bytes {
    let text = String::from_utf8(request.target.to_vec()).unwrap();
    text.replace(from, to).into()
}
