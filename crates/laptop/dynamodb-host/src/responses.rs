//! Responses as DynamoDB sends them.

use bytes::Bytes;
use dynoxide::DynoxideError;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use manifest::Resource;
use serde_json::{Value, json};
use uuid::Uuid;

/// The account of all resources on a laptop.
const ACCOUNT: &str = "000000000000";

/// Why a write is refused during a transaction.
const ONGOING: &str = "Transaction is ongoing for the item";

/// The response to a call that the engine has executed.
pub(crate) fn of_engine(result: Result<Vec<u8>, DynoxideError>) -> Response<Full<Bytes>> {
    match result {
        Ok(body) => response(StatusCode::OK, body),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code());
            response(
                status.unwrap_or(StatusCode::BAD_REQUEST),
                error.to_json().into_bytes(),
            )
        }
    }
}

/// The path or method is not the one of DynamoDB's API.
pub(crate) fn not_found() -> Response<Full<Bytes>> {
    response(
        StatusCode::NOT_FOUND,
        b"<UnknownOperationException/>\n".to_vec(),
    )
}

/// The operation does not exist, or is not supported here.
pub(crate) fn unknown_operation() -> Response<Full<Bytes>> {
    refusal(&json!({ "__type": "com.amazon.coral.service#UnknownOperationException" }))
}

/// The request does not come from a program on this machine.
pub(crate) fn not_local(message: &str) -> Response<Full<Bytes>> {
    let body = json!({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": message,
    });
    response(StatusCode::FORBIDDEN, body.to_string().into_bytes())
}

/// The request has no signature.
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

/// The body could not be received.
pub(crate) fn unreadable() -> Response<Full<Bytes>> {
    refusal(&json!({ "__type": "com.amazon.coral.service#SerializationException" }))
}

/// The body is larger than DynamoDB accepts.
pub(crate) fn too_large() -> Response<Full<Bytes>> {
    let body = json!({
        "__type": "com.amazon.coral.service#RequestEntityTooLargeException",
        "message": "Request body is too large",
    });
    response(StatusCode::PAYLOAD_TOO_LARGE, body.to_string().into_bytes())
}

/// The injected fault `error`.
pub(crate) fn internal_error() -> Response<Full<Bytes>> {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
        "message": "The request processing has failed because of an unknown error, exception or failure.",
    });
    response(
        StatusCode::INTERNAL_SERVER_ERROR,
        body.to_string().into_bytes(),
    )
}

/// The injected fault `throttle`.
pub(crate) fn throttled() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded. \
                    Consider increasing your provisioning level with the UpdateTable API.",
    }))
}

/// The injected fault `conflict` of a single write.
pub(crate) fn conflict() -> Response<Full<Bytes>> {
    refusal(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "message": ONGOING,
    }))
}

/// The injected fault `conflict` of a transaction: the item at `position` of `items` conflicts.
pub(crate) fn cancelled(items: usize, position: usize) -> Response<Full<Bytes>> {
    let reasons: Vec<_> = (0..items)
        .map(|item| match item == position {
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

/// The function `caller` may not perform `action`. `None` stands for all resources.
pub(crate) fn denied(
    caller: &str,
    region: &str,
    action: &str,
    resource: Option<&Resource>,
) -> Response<Full<Bytes>> {
    let resource = match resource {
        Some(Resource { table, index: None }) => format!("table/{table}"),
        Some(Resource {
            table,
            index: Some(index),
        }) => format!("table/{table}/index/{index}"),
        None => "*".to_owned(),
    };
    refusal(&json!({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/{caller} is not authorized to \
             perform: dynamodb:{action} on resource: \
             arn:aws:dynamodb:{region}:{ACCOUNT}:{resource} because no identity-based policy \
             allows the dynamodb:{action} action"
        ),
    }))
}

fn refusal(body: &Value) -> Response<Full<Bytes>> {
    response(StatusCode::BAD_REQUEST, body.to_string().into_bytes())
}

fn response(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let checksum = crc32fast::hash(&body);
    let request_id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    headers.insert("x-amz-crc32", checksum.into());
    // DynamoDB's request ids have 52 capitals and digits.
    if let Ok(request_id) = request_id[..52].to_uppercase().parse() {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}
