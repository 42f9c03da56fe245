//! The gateway's own responses (section 4 of the facts).

use bytes::Bytes;
use http::{HeaderValue, header};

use crate::{
    authorization::Denial, client_response::Answer, lambda_authorizer::LambdaDenial,
    refusal::Refusal,
};

/// A refusal with its reason, for the log.
pub(super) type Refused = (Refusal, String);

/// Returns what an authorizer's refusal is for the client.
pub(super) fn refused_by(denial: Denial) -> Refused {
    let refusal = match &denial {
        Denial::Token(refusal, _) => refusal.clone(),
        Denial::Iam(_) => Refusal::Forbidden,
        Denial::Lambda(denial) => match denial {
            LambdaDenial::NoIdentity { .. } | LambdaDenial::Unauthorized(_) => {
                Refusal::Unauthorized("Bearer".to_owned())
            }
            LambdaDenial::ExplicitlyDenied { .. } | LambdaDenial::NotAllowed { .. } => {
                Refusal::Forbidden
            }
            LambdaDenial::ArnTooLong(_)
            | LambdaDenial::Failed { .. }
            | LambdaDenial::InvalidAnswer { .. } => Refusal::Internal,
        },
    };
    (refusal, denial.reason())
}

impl Answer {
    /// The gateway's own answer, without its request id.
    pub(super) fn refusal(refusal: &Refusal, reason: impl Into<String>) -> Answer {
        Answer {
            response: response(refusal),
            reason: Some(reason.into()),
        }
    }
}

fn response(refusal: &Refusal) -> http::Response<Bytes> {
    let status = refusal.status();
    let text = match refusal {
        // RFC 9110 calls it "Content Too Large"; API Gateway keeps the older name.
        Refusal::RequestTooLarge => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or("Bad Request"),
    };
    let mut response = http::Response::new(Bytes::from(format!("{{\"message\":\"{text}\"}}")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Refusal::Unauthorized(challenge) = refusal {
        let challenge =
            HeaderValue::from_str(challenge).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
