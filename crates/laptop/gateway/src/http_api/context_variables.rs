//! Context variables: `$context.requestId` and others that parameter mapping reads.

use http::header;

use super::event::Event;
use crate::{
    authorized::Caller,
    identity::{ACCOUNT_ID, API_ID, STAGE},
    request_headers::{first, host},
    request_id::request_id,
};

/// Returns the value of a context variable, named without `$context.`, if the request has it.
pub(super) fn context_variable(name: &str, event: &Event<'_>) -> Option<String> {
    let request = event.request;
    let value = match name {
        "accountId" => ACCOUNT_ID.to_owned(),
        "apiId" => API_ID.to_owned(),
        "domainName" => host(&request.headers),
        "domainPrefix" => {
            let domain = host(&request.headers);
            domain.split('.').next().unwrap_or_default().to_owned()
        }
        "extendedRequestId" | "requestId" => request_id(request.id),
        "httpMethod" => request.method.as_str().to_owned(),
        "identity.sourceIp" => request.source_ip.to_string(),
        "identity.userAgent" => first(&request.headers, header::USER_AGENT),
        "path" => event.target.path.clone(),
        "protocol" => "HTTP/1.1".to_owned(),
        "requestTime" => event.time(),
        "requestTimeEpoch" => event.received.as_millisecond().to_string(),
        "routeKey" => event.route.key.to_string(),
        "stage" => STAGE.to_owned(),
        name => authorizer_variable(name, event.caller)?,
    };
    Some(value)
}

fn authorizer_variable(name: &str, caller: &Caller) -> Option<String> {
    let name = name.strip_prefix("authorizer.")?;
    match caller {
        Caller::Jwt(token) => {
            let claim = name.strip_prefix("claims.")?;
            token.claims_as_strings().remove(claim)
        }
        Caller::Lambda(caller) => caller.variable(name),
        Caller::Anonymous | Caller::Iam(_) => None,
    }
}
