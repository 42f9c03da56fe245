//! The IAM authorizer (section 6 of the facts): who signed the request, and may they call this.

mod principal;
mod signature;

pub use principal::Principal;

use jiff::Timestamp;
use thiserror::Error;

use crate::{client_request::Request, configuration::Configuration, limits};
use signature::{Signature, SignatureError};

/// The principal that signed a request.
#[derive(Clone, Debug)]
pub(crate) struct IamCaller {
    pub(crate) access_key_id: String,
    pub(crate) account_id: String,
    pub(crate) user_id: String,
    pub(crate) arn: String,
}

/// Why a request is forbidden; the client does not see it.
#[derive(Debug, Error)]
pub(crate) enum IamDenial {
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("the access key {0} is unknown")]
    UnknownKey(String),
    #[error("{arn} is not authorized to perform: execute-api:Invoke on resource: {resource}")]
    NotAllowed { arn: String, resource: String },
}

/// Whether the request is signed by a principal that may call `path` of `stage`.
pub(crate) fn check(
    configuration: &Configuration,
    request: &Request,
    stage: &str,
    path: &str,
    now: Timestamp,
) -> Result<IamCaller, IamDenial> {
    let signature = Signature::read(request)?;
    let principal = configuration
        .principals
        .iter()
        .find(|principal| principal.access_key_id == signature.access_key_id())
        .ok_or_else(|| IamDenial::UnknownKey(signature.access_key_id().to_owned()))?;
    signature.verify(
        request,
        principal,
        &configuration.region,
        limits::SIGNATURE_AGE,
        now,
    )?;
    let resource = format!("{}{path}", request.method);
    if !principal.may_call(&resource) {
        return Err(IamDenial::NotAllowed {
            arn: principal.arn.clone(),
            resource: format!(
                "arn:aws:execute-api:{}:{}:{}/{stage}/{resource}",
                configuration.region, configuration.account_id, configuration.api_id
            ),
        });
    }
    Ok(IamCaller {
        access_key_id: principal.access_key_id.clone(),
        account_id: principal
            .account_id()
            .unwrap_or(&configuration.account_id)
            .to_owned(),
        user_id: principal
            .user_id
            .clone()
            .unwrap_or_else(|| principal.access_key_id.clone()),
        arn: principal.arn.clone(),
    })
}
