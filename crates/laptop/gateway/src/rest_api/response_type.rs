//! The types of gateway responses (fact R6.1).

use http::StatusCode;
use manifest::ResponseType;

/// What AWS responds for a type without a declaration.
pub(super) trait DefaultResponse {
    /// Returns the status, unless a gateway response declares another. `INTEGRATION_FAILURE` is 502 for a
    /// function that failed, although AWS lists 504 (fact R6.4). The `DEFAULT` types have none, and here
    /// the one that most of their responses have.
    fn status(self) -> StatusCode;

    /// Returns the value of `x-amzn-errortype`.
    fn error_type(self) -> &'static str;

    /// Returns the text of the error; none for `AUTHORIZER_FAILURE`.
    fn message(self) -> Option<&'static str>;

    /// Returns whether `$context.error.messageString` begins with a space, so that the default body has one
    /// after the colon (fact R6.2).
    fn has_space_before_message(self) -> bool;

    /// Returns whether the response has `x-amzn-trace-id` (fact R1.20).
    fn has_trace_id(self) -> bool;
}

impl DefaultResponse for ResponseType {
    fn status(self) -> StatusCode {
        match self {
            ResponseType::BadRequestBody
            | ResponseType::BadRequestParameters
            | ResponseType::Default4xx => StatusCode::BAD_REQUEST,
            ResponseType::Unauthorized => StatusCode::UNAUTHORIZED,
            ResponseType::AccessDenied
            | ResponseType::ExpiredToken
            | ResponseType::InvalidApiKey
            | ResponseType::InvalidSignature
            | ResponseType::MissingAuthenticationToken
            | ResponseType::WafFiltered => StatusCode::FORBIDDEN,
            ResponseType::ResourceNotFound => StatusCode::NOT_FOUND,
            ResponseType::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ResponseType::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ResponseType::QuotaExceeded | ResponseType::Throttled => StatusCode::TOO_MANY_REQUESTS,
            ResponseType::ApiConfigurationError
            | ResponseType::AuthorizerConfigurationError
            | ResponseType::AuthorizerFailure
            | ResponseType::Default5xx => StatusCode::INTERNAL_SERVER_ERROR,
            ResponseType::IntegrationFailure => StatusCode::BAD_GATEWAY,
            ResponseType::IntegrationTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn error_type(self) -> &'static str {
        match self {
            ResponseType::AccessDenied => "AccessDeniedException",
            ResponseType::AuthorizerConfigurationError | ResponseType::AuthorizerFailure => {
                "AuthorizerConfigurationException"
            }
            ResponseType::BadRequestBody
            | ResponseType::BadRequestParameters
            | ResponseType::Default4xx
            | ResponseType::UnsupportedMediaType => "BadRequestException",
            ResponseType::ExpiredToken => "ExpiredTokenException",
            ResponseType::InvalidApiKey | ResponseType::WafFiltered => "ForbiddenException",
            ResponseType::InvalidSignature => "InvalidSignatureException",
            ResponseType::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            ResponseType::QuotaExceeded => "LimitExceededException",
            ResponseType::RequestTooLarge => "RequestTooLargeException",
            ResponseType::ResourceNotFound => "NotFoundException",
            ResponseType::Throttled => "TooManyRequestsException",
            ResponseType::Unauthorized => "UnauthorizedException",
            ResponseType::ApiConfigurationError
            | ResponseType::Default5xx
            | ResponseType::IntegrationFailure
            | ResponseType::IntegrationTimeout => "InternalServerErrorException",
        }
    }

    fn message(self) -> Option<&'static str> {
        match self {
            ResponseType::AuthorizerFailure => None,
            ResponseType::AccessDenied => Some("User is not authorized to access this resource"),
            ResponseType::BadRequestBody => Some("Invalid request body"),
            ResponseType::BadRequestParameters => Some("Missing required request parameters"),
            ResponseType::Default4xx => Some("Bad Request"),
            ResponseType::ExpiredToken => {
                Some("The security token included in the request is expired")
            }
            ResponseType::InvalidApiKey | ResponseType::WafFiltered => Some("Forbidden"),
            ResponseType::InvalidSignature => Some(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.",
            ),
            ResponseType::MissingAuthenticationToken => Some("Missing Authentication Token"),
            ResponseType::QuotaExceeded => Some("Limit Exceeded"),
            ResponseType::RequestTooLarge => Some("Request Too Long"),
            ResponseType::ResourceNotFound => Some("Not Found"),
            ResponseType::Throttled => Some("Too Many Requests"),
            ResponseType::Unauthorized => Some("Unauthorized"),
            ResponseType::UnsupportedMediaType => Some("Unsupported Media Type"),
            ResponseType::IntegrationTimeout => Some("Endpoint request timed out"),
            ResponseType::ApiConfigurationError
            | ResponseType::AuthorizerConfigurationError
            | ResponseType::Default5xx
            | ResponseType::IntegrationFailure => Some("Internal server error"),
        }
    }

    fn has_space_before_message(self) -> bool {
        let status = self.status();
        status == StatusCode::BAD_REQUEST || (status.is_server_error() && self.message().is_some())
    }

    fn has_trace_id(self) -> bool {
        matches!(
            self,
            ResponseType::AccessDenied
                | ResponseType::BadRequestBody
                | ResponseType::BadRequestParameters
                | ResponseType::IntegrationTimeout
        )
    }
}

/// Returns the type whose declaration applies to a status without a declaration of its own.
pub(super) fn fallback(status: StatusCode) -> ResponseType {
    if status.is_server_error() {
        ResponseType::Default5xx
    } else {
        ResponseType::Default4xx
    }
}
