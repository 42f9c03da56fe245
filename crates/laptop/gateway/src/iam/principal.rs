//! Principals that may sign requests, instead of IAM users, roles and their policies.

use std::fmt;

use serde::Deserialize;
use wildmatch::WildMatch;

/// One principal. Reads from any serde format, its keys in kebab-case.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Principal {
    /// `AKIA…`, or any other text without a slash.
    pub access_key_id: String,
    /// The secret that signs requests. It must not be empty.
    pub secret_access_key: String,
    /// The session token that must come with the signature, for temporary credentials.
    #[serde(default)]
    pub session_token: Option<String>,
    /// `arn:aws:iam::123456789012:user/ann`; `authorizer.iam.userArn`.
    pub arn: String,
    /// `authorizer.iam.userId` and `callerId`; the access key id if there is none.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The requests that the principal may make, as `METHOD/path` with `*` for any characters and `?` for one:
    /// the end of an `execute-api` ARN. `GET/pets/*`, `*/pets`, `*`.
    #[serde(default)]
    pub allow: Vec<String>,
}

impl Principal {
    /// Whether a policy statement allows `METHOD/path`.
    pub(crate) fn may_call(&self, resource: &str) -> bool {
        let mut patterns = self.allow.iter();
        patterns.any(|pattern| WildMatch::new(pattern).matches(resource))
    }

    /// The account in the ARN.
    pub(crate) fn account_id(&self) -> Option<&str> {
        self.arn.split(':').nth(4).filter(|id| !id.is_empty())
    }
}

/// Leaves the secrets out.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("access_key_id", &self.access_key_id)
            .field("arn", &self.arn)
            .field("allow", &self.allow)
            .finish_non_exhaustive()
    }
}
