//! The identity of the API, as events and signatures contain it.

use http::Method;

/// `requestContext.apiId`: ten lower-case letters and digits in AWS.
pub(crate) const API_ID: &str = "colonnade0";

/// `requestContext.accountId`.
pub(crate) const ACCOUNT_ID: &str = "000000000000";

/// The region of the API, for which requests are signed.
pub(crate) const REGION: &str = "us-east-1";

/// The only stage of an HTTP API. It serves every path.
pub(crate) const STAGE: &str = "$default";

/// Returns the ARN of a method with the path of a request: `arn:aws:execute-api:…/stage/GET/notes/1`.
pub(crate) fn method_arn(stage: &str, method: &Method, path: &str) -> String {
    format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{API_ID}/{stage}/{method}{path}")
}
