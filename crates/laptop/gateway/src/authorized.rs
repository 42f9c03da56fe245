//! The caller of a request, as an authorizer identified it.

use crate::{
    iam::{IamCaller, SignedRequest},
    jwt::Token,
    lambda_authorizer::LambdaCaller,
};

/// The caller, as the authorizer identified it.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Anonymous,
    Jwt(Token),
    Iam(IamCaller),
    Lambda(LambdaCaller),
}

/// The caller of an accepted request.
#[derive(Debug)]
pub(crate) enum Authorized {
    Caller(Caller),
    /// The signature covers the body.
    Signed(Box<SignedRequest>),
}
