//! Who may call an operation.

use manifest::{Access, Workspace};
use serde_json::{Map, Value, json};

const TOKEN: &str = "token";
const SIGNATURE: &str = "signature";

/// Returns the security of an operation.
pub(crate) fn requirement(access: &Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::Token { scopes } if scopes.is_empty() => json!([{ TOKEN: [] }]),
        // A token needs one of the scopes.
        Access::Token { scopes } => scopes
            .iter()
            .map(|scope| json!({ TOKEN: [scope] }))
            .collect(),
        Access::Iam => json!([{ SIGNATURE: [] }]),
        Access::Authorizer { name } => json!([{ name: [] }]),
    }
}

/// Returns one sentence about the access, for people.
pub(crate) fn describe(access: &Access) -> String {
    match access {
        Access::Public => "Everybody may call it.".to_owned(),
        Access::Token { scopes } if scopes.is_empty() => "Needs a token.".to_owned(),
        Access::Token { scopes } => {
            let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
            format!("Needs a token with the scope {}.", scopes.join(" or "))
        }
        Access::Iam => "Needs a signature by AWS credentials (SigV4).".to_owned(),
        Access::Authorizer { name } => format!("Needs credentials that `{name}` accepts."),
    }
}

/// Returns the security schemes that operations use.
///
/// OpenID Connect rather than OAuth 2: an operation needs a token of the issuer, however the client
/// got it, and the flows are the issuer's. The list of scopes is in the description, because this kind of scheme
/// has no place for it.
pub(crate) fn schemes(workspace: &Workspace) -> Map<String, Value> {
    let accesses = || workspace.routes().map(|(_, http)| &http.access);
    let mut schemes = Map::new();
    if accesses().any(|access| matches!(access, Access::Token { .. })) {
        let scopes: String = contract::SCOPES
            .iter()
            .map(|(scope, permits)| format!("\n- `{scope}`: {permits}"))
            .collect();
        let scheme = json!({
            "type": "openIdConnect",
            "description": format!(
                "An access token (JWT) of the issuer that this deployment trusts, as `Authorization: Bearer`. \
                 The address here stands for the issuer's.\n{scopes}"
            )
            .trim_end(),
            "openIdConnectUrl": "https://issuer.example.com/.well-known/openid-configuration",
        });
        schemes.insert(TOKEN.to_owned(), scheme);
    }
    if accesses().any(|access| *access == Access::Iam) {
        let scheme = json!({
            "type": "apiKey",
            "description": "A signature by AWS credentials (SigV4).",
            "name": "Authorization",
            "in": "header",
        });
        schemes.insert(SIGNATURE.to_owned(), scheme);
    }
    for access in accesses() {
        if let Access::Authorizer { name } = access {
            let scheme = json!({
                "type": "apiKey",
                "description": format!("Credentials that the Lambda authorizer `{name}` reads."),
                "name": "Authorization",
                "in": "header",
            });
            schemes.insert(name.clone(), scheme);
        }
    }
    schemes
}
