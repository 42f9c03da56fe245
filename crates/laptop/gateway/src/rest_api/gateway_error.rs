//! The errors of a REST API, before they become gateway responses.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use manifest::ResponseType;
use serde_json::Value;
use uuid::Uuid;

use super::{response_headers::ResponseIds, response_type::DefaultResponse};
use crate::{
    authorization::Denial,
    client_request::Request,
    client_response::{Answer, Response},
    iam::{IamDenial, SignatureError},
    identity::ACCOUNT_ID,
    lambda_authorizer::LambdaDenial,
    refusal::Refusal,
};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An error that the gateway answers itself.
#[derive(Clone, Debug)]
pub(super) struct GatewayError {
    pub(super) kind: ResponseType,
    pub(super) status: StatusCode,
    pub(super) error_type: &'static str,
    pub(super) message: Option<String>,
    /// What is wrong with the body of the request, if that is the error.
    pub(super) validation: Option<String>,
    /// Whether gateway responses can be declared for it.
    pub(super) is_customizable: bool,
    /// The reason, for the log.
    pub(super) reason: String,
}

impl GatewayError {
    pub(super) fn new(kind: ResponseType, reason: impl Into<String>) -> GatewayError {
        GatewayError {
            kind,
            status: kind.status(),
            error_type: kind.error_type(),
            message: kind.message().map(str::to_owned),
            validation: None,
            // AWS documents that this type cannot be changed.
            is_customizable: kind != ResponseType::RequestTooLarge,
            reason: reason.into(),
        }
    }

    fn with_message(self, message: impl Into<String>) -> GatewayError {
        GatewayError {
            message: Some(message.into()),
            ..self
        }
    }

    /// Facts R1.8 and R1.10.
    pub(super) fn unknown_route(request: &Request) -> GatewayError {
        let reason = "no route matches the method and the path";
        match request.headers.get(AUTHORIZATION) {
            Some(value) if !value.as_bytes().contains(&b'=') => {
                GatewayError::incomplete_signature(reason)
            }
            _ => GatewayError::new(ResponseType::MissingAuthenticationToken, reason),
        }
    }

    pub(super) fn of_denial(denial: Denial) -> GatewayError {
        match denial {
            Denial::Token(refusal, reason) => GatewayError::of_refusal(&refusal, reason),
            Denial::Iam(denial) => GatewayError::of_iam(&denial),
            Denial::Lambda(denial) => GatewayError::of_lambda(&denial),
        }
    }

    /// Section 3.1 of the REST facts.
    fn of_lambda(denial: &LambdaDenial) -> GatewayError {
        let reason = denial.to_string();
        match denial {
            LambdaDenial::NoIdentity { .. } | LambdaDenial::Unauthorized(_) => {
                GatewayError::new(ResponseType::Unauthorized, reason)
            }
            LambdaDenial::NotAllowed { .. } => {
                GatewayError::new(ResponseType::AccessDenied, reason)
            }
            LambdaDenial::ExplicitlyDenied { .. } => {
                GatewayError::new(ResponseType::AccessDenied, reason).with_message(
                    "User is not authorized to access this resource with an explicit deny in an \
                     identity-based policy",
                )
            }
            LambdaDenial::Failed { .. } => {
                GatewayError::new(ResponseType::AuthorizerFailure, reason)
            }
            LambdaDenial::InvalidAnswer { .. } => {
                GatewayError::new(ResponseType::AuthorizerConfigurationError, reason)
            }
            // Fact R1.17.
            LambdaDenial::ArnTooLong(_) => GatewayError {
                status: StatusCode::URI_TOO_LONG,
                ..GatewayError::new(ResponseType::Default4xx, reason)
                    .with_message("Request URI too long")
            },
        }
    }

    /// Fact R1.9: without a stage there is no configuration.
    pub(super) fn unknown_stage(stage: &str) -> GatewayError {
        let reason = format!("the path does not begin with the stage /{stage}");
        GatewayError {
            is_customizable: false,
            ..GatewayError::new(ResponseType::InvalidApiKey, reason)
        }
    }

    /// Facts R1.10 and R3.13: an `Authorization` that is no signature.
    fn incomplete_signature(reason: impl Into<String>) -> GatewayError {
        let message = "Invalid key=value pair (missing equal-sign) in Authorization header";
        GatewayError {
            status: StatusCode::FORBIDDEN,
            error_type: "IncompleteSignatureException",
            ..GatewayError::new(ResponseType::Default4xx, reason).with_message(message)
        }
    }

    /// The request line and the headers are too long (fact R1.17).
    pub(super) fn head_too_large(size: usize) -> GatewayError {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        let reason = format!("request line and header values have {size} bytes");
        GatewayError {
            status,
            ..GatewayError::new(ResponseType::Default4xx, reason)
                .with_message("Request Header Fields Too Large")
        }
    }

    /// Fact R5.2.
    pub(super) fn missing_parameters(names: &[&str]) -> GatewayError {
        let message = format!(
            "Missing required request parameters: [{}]",
            names.join(", ")
        );
        GatewayError::new(ResponseType::BadRequestParameters, message.clone()).with_message(message)
    }

    /// Facts R5.4 and R5.8.
    pub(super) fn invalid_body(mismatch: String) -> GatewayError {
        let reason = format!("the body is not valid: {mismatch}");
        GatewayError {
            validation: Some(format!("[{mismatch}]")),
            ..GatewayError::new(ResponseType::BadRequestBody, reason)
        }
    }

    /// A function whose output cannot become a response (facts R2.10 and R2.14).
    pub(super) fn internal(reason: impl Into<String>) -> GatewayError {
        GatewayError::new(ResponseType::ApiConfigurationError, reason)
    }

    /// Fact R2.15.
    pub(super) fn throttled_function() -> GatewayError {
        GatewayError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..GatewayError::new(
                ResponseType::IntegrationFailure,
                "Lambda throttles the function",
            )
        }
    }

    /// Facts R3.12 to R3.14.
    fn of_iam(denial: &IamDenial) -> GatewayError {
        let reason = denial.to_string();
        match denial {
            IamDenial::Signature(SignatureError::Missing) => {
                GatewayError::new(ResponseType::MissingAuthenticationToken, reason)
            }
            IamDenial::Signature(SignatureError::Incomplete(_) | SignatureError::Twice) => {
                GatewayError::incomplete_signature(reason)
            }
            IamDenial::Signature(SignatureError::SessionToken) | IamDenial::UnknownKey(_) => {
                GatewayError {
                    status: StatusCode::FORBIDDEN,
                    error_type: "UnrecognizedClientException",
                    ..GatewayError::new(ResponseType::Default4xx, reason)
                        .with_message("The security token included in the request is invalid.")
                }
            }
            IamDenial::Signature(_) => GatewayError::new(ResponseType::InvalidSignature, reason),
            IamDenial::NotAllowed { arn, resource } => {
                // Only the last four digits of the account are shown.
                let masked = format!("********{}", &ACCOUNT_ID[8..]);
                let resource = resource.replacen(ACCOUNT_ID, &masked, 1);
                let message = format!(
                    "User: {arn} is not authorized to perform: execute-api:Invoke on resource: \
                     {resource}"
                );
                GatewayError::new(ResponseType::AccessDenied, reason).with_message(message)
            }
        }
    }

    /// Returns the answer to a request that the server could not read, so that no declaration applies.
    pub(super) fn answer_without_request(self, id: Uuid) -> Answer {
        let body = format!("{{\"message\":{}}}", self.message_string());
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status;
        self.insert_headers(response.headers_mut());
        ResponseIds::new(id).insert_into(response.headers_mut());
        Answer {
            response,
            reason: Some(self.reason),
        }
    }

    /// `$context.error.messageString`: the message as JSON, for some types after a space.
    pub(super) fn message_string(&self) -> String {
        let space = if self.kind.has_space_before_message() {
            " "
        } else {
            ""
        };
        format!("{space}{}", Value::from(self.message.as_deref()))
    }

    pub(super) fn insert_headers(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ERROR_TYPE, HeaderValue::from_static(self.error_type));
    }

    /// What an authorizer of tokens refuses (fact R3.21), or what the server does.
    pub(super) fn of_refusal(refusal: &Refusal, reason: impl Into<String>) -> GatewayError {
        let kind = match refusal {
            Refusal::Unauthorized(_) => ResponseType::Unauthorized,
            Refusal::Forbidden => ResponseType::AccessDenied,
            Refusal::NotFound => ResponseType::MissingAuthenticationToken,
            Refusal::TooManyRequests => ResponseType::Throttled,
            Refusal::RequestTooLarge => ResponseType::RequestTooLarge,
            Refusal::BadRequest => ResponseType::Default4xx,
            Refusal::HeadTooLarge => ResponseType::Default4xx,
            Refusal::Internal | Refusal::Unavailable => ResponseType::ApiConfigurationError,
        };
        GatewayError::new(kind, reason)
    }
}
