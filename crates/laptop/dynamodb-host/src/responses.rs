//! The answers the door gives itself, in DynamoDB's words.

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use manifest::Resource;
use serde_json::json;
use uuid::Uuid;

use crate::callers::Scope;

/// The account of everything on a laptop.
const ACCOUNT: &str = "000000000000";

/// Why a write meets a transaction.
const ONGOING: &str = "Transaction is ongoing for the item";

/// The call has no signature.
pub(crate) fn no_credentials() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
        "message": "Request is missing Authentication Token",
    }))
}

/// The access key is unknown.
pub(crate) fn unknown_credentials() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazon.coral.service#UnrecognizedClientException",
        "message": "The security token included in the request is invalid.",
    }))
}

/// The body is not what the operation takes.
pub(crate) fn unreadable() -> Response<Full<Bytes>> {
    refusal(&json!({ "__type": "com.amazon.coral.service#SerializationException" }))
}

/// The body is larger than DynamoDB takes.
pub(crate) fn too_large() -> Response<Full<Bytes>> {
    let mut answer = refusal(&json!({
        "__type": "com.amazon.coral.service#RequestEntityTooLargeException",
        "message": "Request body is too large",
    }));
    *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    answer
}

/// The engine could not be reached, or so it is made to look.
pub(crate) fn failed() -> Response<Full<Bytes>> {
    let mut answer = refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
        "message": "The request processing has failed because of an unknown error, exception or failure.",
    }));
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer
}

/// The table is called more often than it can answer.
pub(crate) fn throttled() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded. \
                    Consider increasing your provisioning level with the UpdateTable API.",
    }))
}

/// A transaction holds the item of this write.
pub(crate) fn conflict() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "message": ONGOING,
    }))
}

/// Another transaction holds the item at `at` of this transaction's `items`.
pub(crate) fn cancelled(items: usize, at: usize) -> Response<Full<Bytes>> {
    let reasons: Vec<_> = (0..items)
        .map(|item| match item == at {
            true => json!({ "Code": "TransactionConflict", "Message": ONGOING }),
            false => json!({ "Code": "None" }),
        })
        .collect();
    let codes: Vec<_> = reasons.iter().filter_map(|r| r["Code"].as_str()).collect();
    let codes = codes.join(", ");
    refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        ),
        "CancellationReasons": reasons,
    }))
}

/// The caller's declaration does not permit `verb` on `resource`.
pub(crate) fn denied(
    caller: &str,
    scope: &Scope<'_>,
    verb: &str,
    resource: Option<&Resource>,
) -> Response<Full<Bytes>> {
    let arn = match resource {
        Some(Resource { table, index: None }) => format!("table/{table}"),
        Some(Resource {
            table,
            index: Some(index),
        }) => format!("table/{table}/index/{index}"),
        None => "*".to_owned(),
    };
    let region = scope.region;
    refusal(&json!({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/{caller} is not authorized to \
             perform: dynamodb:{verb} on resource: arn:aws:dynamodb:{region}:{ACCOUNT}:{arn} \
             because no identity-based policy allows the dynamodb:{verb} action"
        ),
    }))
}

fn refusal(body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    let request_id = Uuid::new_v4().simple().to_string().to_uppercase();
    if let Ok(request_id) = request_id.parse() {
        headers.insert("x-amzn-requestid", request_id);
    }
    answer
}
