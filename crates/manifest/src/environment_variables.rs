//! The environment variables of a function: plain values, and references to parameters and secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::{
    error::Problems,
    fields::{Fields, kind},
    literal_secret::literal_secret,
};

/// What an environment variable has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Variable {
    /// A value that everybody may read.
    Value(String),
    /// The value of a parameter of SSM, which is read when the function is deployed.
    Parameter {
        /// The name of the parameter.
        parameter: String,
    },
    /// The name of a secret of Secrets Manager, whose value the function may read.
    Secret {
        /// The name of the secret.
        secret: String,
    },
}

/// The environment variables of a function by name.
pub type Variables = BTreeMap<String, Variable>;

/// Lambda's limit for all names and values together.
const MAX_BYTES: usize = 4_096;

/// The limits of SSM and of Secrets Manager for names.
const MAX_PARAMETER: usize = 1_011;
const MAX_SECRET: usize = 512;

const FORMS: &str = "a string, { parameter = \"/path\" } or { secret = \"name\" }";

/// Reads the field `environment`, which may be missing.
pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Variables {
    let field = fields.name_of("environment");
    let mut variables = Variables::new();
    match fields.take("environment") {
        None => {}
        Some(Value::Object(declared)) => {
            for (name, value) in declared {
                let field = format!("{field}.{name}");
                if let Err(message) = check_name(name) {
                    problems.add(&*field, message);
                }
                if let Some(variable) = read_variable(&field, name, value, problems) {
                    variables.insert(name.clone(), variable);
                }
            }
        }
        Some(other) => problems.add(field, format!("must be a table, not {}", kind(other))),
    }
    variables
}

/// Adds a problem if `variables` are larger than Lambda allows. `field` is that of the declaration.
pub(crate) fn check_size(field: String, variables: &Variables, problems: &mut Problems<'_>) {
    let bytes: usize = variables
        .iter()
        .map(|(name, variable)| name.len() + variable.text().map_or(0, str::len))
        .sum();
    if bytes > MAX_BYTES {
        problems.add(
            field,
            format!("has {bytes} bytes of names and values; Lambda allows {MAX_BYTES}"),
        );
    }
}

impl Variable {
    /// Returns the value in the function's configuration, if the declaration knows it.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Value(text) | Self::Secret { secret: text } => Some(text),
            Self::Parameter { .. } => None,
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.len() < 2
        || !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(is_valid)
    {
        return Err(
            "a name has at least two characters: letters, digits and \"_\", a letter first"
                .to_owned(),
        );
    }
    let upper = name.to_ascii_uppercase();
    if upper.starts_with("AWS_") || upper.starts_with("LAMBDA_") {
        return Err("names that begin with AWS_ or LAMBDA_ are reserved for Lambda".to_owned());
    }
    if upper.starts_with("TABLE_") {
        return Err(
            "names that begin with TABLE_ have the names of tables; declare the table in \"tables\""
                .to_owned(),
        );
    }
    if upper == "SCOPE_PREFIX" {
        return Err("SCOPE_PREFIX is set by the deployment".to_owned());
    }
    Ok(())
}

fn read_variable(
    field: &str,
    name: &str,
    value: &Value,
    problems: &mut Problems<'_>,
) -> Option<Variable> {
    match value {
        Value::String(text) => {
            if text.contains('\0') {
                problems.add(field, "must not contain a null character");
            }
            if let Some(reason) = literal_secret(name, text) {
                problems.add(
                    field,
                    format!(
                        "{reason}, and everybody who may read the function's configuration would \
                         see it; write {{ secret = \"name\" }}, or {{ parameter = \"/path\" }} if it \
                         is not secret"
                    ),
                );
            }
            Some(Variable::Value(text.clone()))
        }
        Value::Object(_) => read_reference(field, value, problems),
        other => {
            problems.add(field, format!("must be {FORMS}, not {}", kind(other)));
            None
        }
    }
}

fn read_reference(field: &str, value: &Value, problems: &mut Problems<'_>) -> Option<Variable> {
    let mut fields = Fields::open(field, value, problems)?;
    let parameter = fields.text("parameter", problems);
    let secret = fields.text("secret", problems);
    fields.finish(problems);
    match (parameter, secret) {
        (Some(parameter), None) => {
            if !is_name(parameter, MAX_PARAMETER, "_.-/") {
                problems.add(
                    format!("{field}.parameter"),
                    "must be the name of a parameter: letters, digits and \"_.-/\"",
                );
            }
            Some(Variable::Parameter {
                parameter: parameter.to_owned(),
            })
        }
        (None, Some(secret)) => {
            if !is_name(secret, MAX_SECRET, "/_+=.@-") {
                problems.add(
                    format!("{field}.secret"),
                    "must be the name of a secret, not its ARN or value: letters, digits and \
                     \"/_+=.@-\"",
                );
            }
            Some(Variable::Secret {
                secret: secret.to_owned(),
            })
        }
        // An unknown field has its own message.
        (None, None) if value.as_object().is_some_and(|fields| !fields.is_empty()) => None,
        _ => {
            problems.add(field, format!("must be {FORMS}"));
            None
        }
    }
}

fn is_name(text: &str, most: usize, others: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    (1..=most).contains(&text.len()) && text.chars().all(is_valid)
}
