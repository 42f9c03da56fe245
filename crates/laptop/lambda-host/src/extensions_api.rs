//! The Extensions API over HTTP, under `/2020-01-01/extension/`.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, request::Parts};
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    api_response::{self, ApiResponse},
    call_body::{self, Body},
    call_refusal::Refusal,
    extensions::{ErrorPhase, ExtensionCall},
};

pub(crate) const PREFIX: &str = "/2020-01-01/extension/";
const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const ACCEPT_FEATURE: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

/// What an extension learns about its function when it registers.
#[derive(Debug)]
pub(crate) struct FunctionMetadata {
    pub(crate) name: String,
    pub(crate) account: String,
}

#[derive(Deserialize)]
struct RegisterRequest {
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegisterResponse<'a> {
    function_name: &'a str,
    function_version: &'a str,
    handler: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// Responds to a call. `path` is the part after [`PREFIX`]; `send` passes the call on.
pub(crate) async fn respond(
    path: &str,
    parts: &Parts,
    body: Incoming,
    function: &FunctionMetadata,
    send: impl FnOnce(ExtensionCall) -> Result<(), Refusal>,
) -> ApiResponse {
    let expected = match path {
        "event/next" => Method::GET,
        "register" | "init/error" | "exit/error" => Method::POST,
        _ => return api_response::status(StatusCode::NOT_FOUND),
    };
    if parts.method != expected {
        return api_response::status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let outcome = match path {
        "register" => register(&parts.headers, body, function, send).await,
        "event/next" => next(&parts.headers, send).await,
        "init/error" => error(&parts.headers, ErrorPhase::Init, send).await,
        _ => error(&parts.headers, ErrorPhase::Exit, send).await,
    };
    outcome.unwrap_or_else(|refusal| api_response::refusal(&refusal))
}

async fn register(
    headers: &HeaderMap,
    body: Incoming,
    function: &FunctionMetadata,
    send: impl FnOnce(ExtensionCall) -> Result<(), Refusal>,
) -> Result<ApiResponse, Refusal> {
    let name = text(headers, NAME).unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::forbidden(
            "Extension.InvalidExtensionName",
            "Empty extension name",
        ));
    }
    let body = match call_body::read(body).await {
        Body::Complete(body, _) => body,
        Body::TooLarge => return Err(Refusal::TOO_LARGE),
        Body::Truncated => return Err(Refusal::TRUNCATED),
    };
    let request: RegisterRequest = serde_json::from_slice(&body)
        .map_err(|error| Refusal::forbidden_because("InvalidRequestFormat", error.to_string()))?;
    let id = ask(send, |reply| ExtensionCall::Register {
        name: name.to_owned(),
        events: request.events,
        reply,
    })
    .await?;

    let wants_account = text(headers, ACCEPT_FEATURE)
        .is_some_and(|features| features.split(',').any(|one| one.trim() == "accountId"));
    let body = RegisterResponse {
        function_name: &function.name,
        function_version: "$LATEST",
        handler: "bootstrap",
        account_id: wants_account.then_some(&function.account),
    };
    Ok(identified(api_response::encoded(&body), id))
}

async fn next(
    headers: &HeaderMap,
    send: impl FnOnce(ExtensionCall) -> Result<(), Refusal>,
) -> Result<ApiResponse, Refusal> {
    let id = identifier(headers)?;
    let event = ask(send, |reply| ExtensionCall::Next { id, reply }).await?;
    Ok(identified(api_response::encoded(&event), id))
}

async fn error(
    headers: &HeaderMap,
    phase: ErrorPhase,
    send: impl FnOnce(ExtensionCall) -> Result<(), Refusal>,
) -> Result<ApiResponse, Refusal> {
    let id = identifier(headers)?;
    if !headers.contains_key(ERROR_TYPE) {
        return Err(Refusal::forbidden(
            "Extension.MissingHeader",
            "Lambda-Extension-Function-Error-Type not found",
        ));
    }
    ask(send, |reply| ExtensionCall::Error { id, phase, reply }).await?;
    Ok(api_response::accepted(Ok(())))
}

async fn ask<T>(
    send: impl FnOnce(ExtensionCall) -> Result<(), Refusal>,
    call: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> ExtensionCall,
) -> Result<T, Refusal> {
    let (reply, response) = oneshot::channel();
    send(call(reply))?;
    response.await.unwrap_or(Err(Refusal::ENDED))
}

fn identifier(headers: &HeaderMap) -> Result<Uuid, Refusal> {
    let Some(identifier) = headers.get(IDENTIFIER) else {
        return Err(Refusal::forbidden(
            "Extension.MissingExtensionIdentifier",
            "Missing Lambda-Extension-Identifier header",
        ));
    };
    Uuid::try_parse_ascii(identifier.as_bytes()).map_err(|_| {
        Refusal::forbidden(
            "Extension.InvalidExtensionIdentifier",
            "Invalid Lambda-Extension-Identifier",
        )
    })
}

/// Returns a response that names the extension in a header.
fn identified(body: Bytes, id: Uuid) -> ApiResponse {
    let mut response = api_response::json(StatusCode::OK, body);
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(IDENTIFIER, id);
    }
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
