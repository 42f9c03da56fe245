//! The IAM authorizer (section 6 of the facts): identifies the principal that signed a request, and
//! checks its permissions.

mod principal;
mod signature;

pub use principal::Principal;

use jiff::Timestamp;
use thiserror::Error;

use crate::{
    client_request::Request,
    identity::{ACCOUNT_ID, method_arn},
};
use signature::Signature;
pub(crate) use signature::SignatureError;

/// The principal that signed a request.
#[derive(Clone, Debug)]
pub(crate) struct IamCaller {
    pub(crate) access_key_id: String,
    pub(crate) account_id: String,
    pub(crate) user_id: String,
    pub(crate) arn: String,
}

/// The reason why a request is forbidden, for the log.
#[derive(Debug, Error)]
pub(crate) enum IamDenial {
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("the access key {0} is unknown")]
    UnknownKey(String),
    #[error("{arn} is not authorized to perform: execute-api:Invoke on resource: {resource}")]
    NotAllowed { arn: String, resource: String },
}

/// A signed request of a principal that may make it. Its signature is not verified yet, because the
/// signature covers the body.
#[derive(Debug)]
pub(crate) struct SignedRequest {
    signature: Signature,
    principal: Principal,
}

/// Reads the signature of a request to `path` of `stage`, and checks all that does not need the body.
pub(crate) fn read(
    principals: &[Principal],
    request: &Request,
    stage: &str,
    path: &str,
    now: Timestamp,
) -> Result<SignedRequest, IamDenial> {
    let signature = Signature::read(request)?;
    let principal = principals
        .iter()
        .find(|principal| principal.access_key_id == signature.access_key_id())
        .ok_or_else(|| IamDenial::UnknownKey(signature.access_key_id().to_owned()))?;
    signature.check(principal, now)?;
    let resource = format!("{}{path}", request.method);
    if !principal.may_call(&resource) {
        return Err(IamDenial::NotAllowed {
            arn: principal.arn.clone(),
            resource: method_arn(stage, &request.method, path),
        });
    }
    Ok(SignedRequest {
        signature,
        principal: principal.clone(),
    })
}

impl SignedRequest {
    /// Verifies the signature, and returns the caller.
    pub(crate) fn verify(self, request: &Request, body: &[u8]) -> Result<IamCaller, IamDenial> {
        let Self {
            signature,
            principal,
        } = self;
        signature.verify(request, body, &principal)?;
        let account_id = principal.account_id().unwrap_or(ACCOUNT_ID).to_owned();
        Ok(IamCaller {
            user_id: principal
                .user_id
                .unwrap_or_else(|| principal.access_key_id.clone()),
            access_key_id: principal.access_key_id,
            account_id,
            arn: principal.arn,
        })
    }
}
