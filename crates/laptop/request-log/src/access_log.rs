//! What is logged of a request: no query, header or body, because they may contain secrets.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// A request that was answered.
#[derive(Debug)]
pub struct Access {
    /// The time when the request arrived.
    pub time: Timestamp,
    pub method: Method,
    pub path: String,
    pub status: StatusCode,
    pub took: Duration,
    pub request_id: String,
    /// The function that was invoked, if one was.
    pub invoked: Option<Invoked>,
    /// Why the gateway answered itself, if it did.
    pub reason: Option<String>,
}

/// An invocation that has ended.
#[derive(Debug, Clone)]
pub struct Invoked {
    pub function: String,
    /// Lambda's id of the invocation.
    pub invocation: Uuid,
    /// Type and message of the error with which the function failed.
    pub error: Option<String>,
}

/// An invocation that begins.
#[derive(Debug, Clone)]
pub struct Invoking {
    pub function: String,
    pub invocation: Uuid,
    pub request_id: String,
    pub trace_id: String,
}

impl Access {
    /// Returns the access log's line of JSON.
    pub(crate) fn json(&self) -> String {
        json!({
            "type": "access",
            "requestId": self.request_id,
            "method": self.method.as_str(),
            "path": self.path,
            "status": self.status.as_u16(),
            "durationMs": (self.took.as_secs_f64() * 1_000_000.0).round() / 1000.0,
            "function": self.invoked.as_ref().map(|invoked| &invoked.function),
            "reason": self.reason,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_json_is_for_machines() {
        let access = Access {
            time: Timestamp::UNIX_EPOCH,
            method: Method::GET,
            path: "/notes/1".to_owned(),
            status: StatusCode::OK,
            took: Duration::from_micros(12_345),
            request_id: "F_tQm6abcdefghi=".to_owned(),
            invoked: Some(Invoked {
                function: "notes-get".to_owned(),
                invocation: Uuid::nil(),
                error: None,
            }),
            reason: None,
        };

        assert_eq!(
            access.json(),
            r#"{"durationMs":12.345,"function":"notes-get","method":"GET","path":"/notes/1","reason":null,"requestId":"F_tQm6abcdefghi=","status":200,"type":"access"}"#
        );
    }
}
