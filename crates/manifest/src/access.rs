//! Who may call a route.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::{
    error::Problems,
    fields::{Fields, kind},
};

/// Who may call a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Access {
    Public,
    /// Callers with a valid token that has at least one of `scopes`, if there are any.
    Token {
        scopes: Vec<String>,
    },
    /// Callers that sign the request with credentials whose policies permit the call.
    Iam,
    /// Callers that a function of the workspace accepts, a Lambda authorizer.
    Authorizer {
        /// The name of the function.
        name: String,
    },
}

/// The limit of an HTTP API for one route.
const MAX_SCOPES: usize = 10;

const FORMS: &str =
    "\"public\", \"token\", { scopes = [\"…\"] }, \"iam\" or { authorizer = \"…\" }";

impl Access {
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let name = fields.name_of("access");
        match fields.take("access") {
            None => {
                problems.add(name, format!("is missing; write {FORMS}"));
                None
            }
            Some(Value::String(text)) => match text.as_str() {
                "public" => Some(Self::Public),
                "token" => Some(Self::Token { scopes: Vec::new() }),
                "iam" => Some(Self::Iam),
                other => {
                    problems.add(name, format!("unknown access {other:?}; write {FORMS}"));
                    None
                }
            },
            Some(table @ Value::Object(_)) => {
                let mut inside = Fields::open(&*name, table, problems)?;
                let authorizer = inside.text("authorizer", problems);
                let scopes = inside.take("scopes");
                let name_of_scopes = inside.name_of("scopes");
                inside.finish(problems);
                match (authorizer, scopes) {
                    (Some(_), Some(_)) => {
                        problems.add(
                            name,
                            "has scopes or an authorizer, not both; an authorizer decides alone",
                        );
                        None
                    }
                    (Some(name), None) => Some(Self::Authorizer {
                        name: name.to_owned(),
                    }),
                    (None, scopes) => scopes_of(scopes, name_of_scopes, problems),
                }
            }
            Some(other) => {
                problems.add(name, format!("must be {FORMS}, not {}", kind(other)));
                None
            }
        }
    }
}

fn scopes_of(value: Option<&Value>, name: String, problems: &mut Problems<'_>) -> Option<Access> {
    let scopes: Option<Vec<String>> = value.and_then(Value::as_array).and_then(|scopes| {
        scopes
            .iter()
            .map(|scope| scope.as_str().map(str::to_owned))
            .collect()
    });
    // RFC 6749: visible ASCII without quotes and backslashes.
    let is_scope = |scope: &String| {
        !scope.is_empty()
            && scope
                .chars()
                .all(|c| c.is_ascii_graphic() && c != '"' && c != '\\')
    };
    match scopes {
        Some(scopes) if (1..=MAX_SCOPES).contains(&scopes.len()) && scopes.iter().all(is_scope) => {
            Some(Access::Token { scopes })
        }
        _ => {
            problems.add(
                name,
                format!(
                    "must be 1 to {MAX_SCOPES} scopes without spaces; a caller needs one of them"
                ),
            );
            None
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.pad("public"),
            Self::Token { scopes } if scopes.is_empty() => f.pad("token"),
            Self::Token { scopes } => f.pad(&format!("scope {}", scopes.join(" or "))),
            Self::Iam => f.pad("iam"),
            Self::Authorizer { name } => f.pad(&format!("authorizer {name}")),
        }
    }
}
