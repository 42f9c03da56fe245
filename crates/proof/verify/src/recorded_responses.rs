//! Sends the requests and records the responses, without the parts that differ each time.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{Result, request_list::RequestList, test_issuer::TestIssuer};

/// Responses by the names of their requests.
pub type Responses = Map<String, Value>;

/// Headers of an event that depend on the address of the API or on this test.
const IGNORED_EVENT_HEADERS: [&str; 4] = ["authorization", "host", "x-amzn-trace-id", "x-return"];

/// Headers of a response that depend on the time or on the server.
const IGNORED_HEADERS: [&str; 2] = ["connection", "date"];

/// Longer than the maximum duration of an HTTP API.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Sends all requests to the API at `url`, one after the other.
///
/// # Errors
/// Fails if a request cannot be created. A request without a response is recorded as such.
pub async fn send_all(list: &RequestList, url: &str, issuer: &TestIssuer) -> Result<Responses> {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_or_http()
        .enable_http1()
        .build();
    // One connection for each request, because a response may close it.
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector);
    let mut responses = Responses::new();
    for request in &list.requests {
        let now = Timestamp::now();
        let token = match &request.token {
            Some(name) => {
                let wanted = list.tokens.get(name);
                let wanted = wanted.ok_or_else(|| format!("unknown token {name:?}"))?;
                Some(issuer.token(wanted, now)?)
            }
            None => None,
        };
        let sent = client.request(request.to_http(url, token.as_deref())?);
        let response = async { record(sent.await?, now, request.method == "HEAD").await };
        let response = match tokio::time::timeout(TIMEOUT, response).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => json!({ "error": with_causes(error.as_ref()) }),
            Err(_) => json!({ "error": "time-out" }),
        };
        responses.insert(request.name.clone(), response);
    }
    let text = Value::from(responses)
        .to_string()
        .replace(url, "ISSUER")
        .replace(issuer.url(), "ISSUER");
    Ok(serde_json::from_str(&text)?)
}

/// Returns whether the API sent any response.
#[must_use]
pub fn has_response(responses: &Responses) -> bool {
    let mut responses = responses.values();
    responses.any(|response| response.get("status").is_some())
}

fn with_causes(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn record(response: Response<Incoming>, now: Timestamp, is_head: bool) -> Result<Value> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut body = Value::from(String::from_utf8_lossy(&body));
    // The length of an event differs each time, also in the response to HEAD.
    let mut keep_length = !is_head;
    let event = body.as_str().map(serde_json::from_str::<Value>);
    if let Some(Ok(event)) = event
        && event["requestContext"].is_object()
    {
        body = json!({ "event": record_event(event, now) });
        keep_length = false;
    }
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in &head.headers {
        let name = name.as_str();
        if IGNORED_HEADERS.contains(&name) || (name == "content-length" && !keep_length) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        let is_id = name == "apigw-requestid" && value.len() == 16 && value.ends_with('=');
        let value = if is_id { "ID" } else { &value };
        headers.push(format!("{name}: {value}"));
    }
    headers.sort();
    Ok(json!({ "status": head.status.as_u16(), "headers": headers, "body": body }))
}

/// Returns an event without what depends on the time, the account and the addresses.
fn record_event(mut event: Value, now: Timestamp) -> Value {
    let context = event["requestContext"].take();
    let peer = context["http"]["sourceIp"].as_str().unwrap_or("unknown");
    let mut http = context["http"].clone();
    if let Value::Object(http) = &mut http {
        http.remove("sourceIp");
    }
    let mut recorded = json!({ "http": http, "stage": context["stage"] });
    if let Some(authorizer) = context.get("authorizer") {
        recorded["authorizer"] = authorizer.clone();
        let claims = &mut recorded["authorizer"]["jwt"]["claims"];
        for name in ["exp", "nbf", "iat"] {
            let seconds = claims[name].as_str();
            if let Some(seconds) = seconds.and_then(|text| text.parse::<i64>().ok()) {
                claims[name] = Value::from(format!("now{:+}", seconds - now.as_second()));
            }
        }
    }
    event["requestContext"] = recorded;
    if let Value::Object(headers) = &mut event["headers"] {
        headers.retain(|name, _| !IGNORED_EVENT_HEADERS.contains(&name.as_str()));
        for (name, value) in headers.iter_mut() {
            if let Some(text) = value.as_str() {
                let text = text.replace(peer, "PEER");
                let is_long = name == "x-padding" || text.len() > 1_000;
                *value = Value::from(if is_long { "LONG".to_owned() } else { text });
            }
        }
    }
    event
}
