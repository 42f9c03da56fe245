//! What is kept of an answer: everything but what is another each time.

use crate::request_list::List;
use crate::test_issuer::Issuer;
use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::time::Duration;

/// Answers by the names of their requests.
pub type Answers = Map<String, Value>;

/// Headers of an event that say where it was, and not what became of the request.
const PLACES: [&str; 3] = ["host", "x-amzn-trace-id", "x-return"];

/// Headers of an answer that are another each time, or the server's own.
const TIMES: [&str; 2] = ["connection", "date"];

/// Longer than an HTTP API may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// Sends the whole list to the API at `url`, one request after the other.
pub async fn ask(
    list: &List,
    url: &str,
    issuer: &Issuer,
) -> Result<Answers, Box<dyn Error + Send + Sync>> {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_or_http()
        .enable_http1()
        .build();
    // Each request has a connection of its own: an answer to one may end it.
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector);
    let mut answers = Answers::new();
    for request in &list.requests {
        let now = Timestamp::now();
        let token = match &request.token {
            Some(name) => {
                let wanted = list.tokens.get(name);
                let wanted = wanted.ok_or_else(|| format!("there is no token {name:?}"))?;
                Some(issuer.token(wanted, now)?)
            }
            None => None,
        };
        let asked = client.request(request.to(url, token.as_deref())?);
        let answer = async { read(asked.await?, now, request.method == "HEAD").await };
        let answer = match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => json!({ "none": because(error.as_ref()) }),
            Err(_) => json!({ "none": "no answer in time" }),
        };
        answers.insert(request.name.clone(), answer);
    }
    let text = Value::from(answers)
        .to_string()
        .replace(url, "ISSUER")
        .replace(issuer.url(), "ISSUER");
    Ok(serde_json::from_str(&text)?)
}

/// An API that cannot be reached at all has answered nothing.
pub fn is_reached(answers: &Answers) -> bool {
    answers
        .values()
        .any(|answer| answer.get("status").is_some())
}

fn because(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

async fn read(
    answer: Response<hyper::body::Incoming>,
    now: Timestamp,
    is_head: bool,
) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut body = Value::from(String::from_utf8_lossy(&body));
    // An event's own length differs, and so does what HEAD says of it.
    let mut own_length = !is_head;
    let event = body.as_str().map(serde_json::from_str::<Value>);
    if let Some(Ok(event)) = event.filter(|event| {
        let context = |event: &Value| event["requestContext"].is_object();
        event.as_ref().is_ok_and(context)
    }) {
        body = json!({ "event": kept(event, now) });
        own_length = false;
    }
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in &head.headers {
        let name = name.as_str();
        if TIMES.contains(&name) || (name == "content-length" && !own_length) {
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

/// The event without what differs from one request, account or address to the next.
fn kept(mut event: Value, now: Timestamp) -> Value {
    let context = event["requestContext"].take();
    let peer = context["http"]["sourceIp"].as_str().unwrap_or("unknown");
    let mut http = context["http"].clone();
    if let Value::Object(http) = &mut http {
        http.remove("sourceIp");
    }
    let mut kept = json!({ "http": http, "stage": context["stage"] });
    if let Some(authorizer) = context.get("authorizer") {
        kept["authorizer"] = authorizer.clone();
        let claims = &mut kept["authorizer"]["jwt"]["claims"];
        for name in ["exp", "nbf", "iat"] {
            let seconds = claims[name]
                .as_str()
                .and_then(|text| text.parse::<i64>().ok());
            if let Some(seconds) = seconds {
                claims[name] = Value::from(format!("now{:+}", seconds - now.as_second()));
            }
        }
    }
    event["requestContext"] = kept;
    if let Value::Object(headers) = &mut event["headers"] {
        headers.retain(|name, _| !PLACES.contains(&name.as_str()) && name != "authorization");
        for (name, value) in headers.iter_mut() {
            if let Some(text) = value.as_str() {
                let text = text.replace(peer, "PEER");
                let short = name == "x-padding" || text.len() > 1_000;
                *value = Value::from(if short { "LONG".to_owned() } else { text });
            }
        }
    }
    event
}
