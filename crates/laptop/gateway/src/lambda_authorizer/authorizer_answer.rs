//! The answers of authorizers: a policy, or of an HTTP API also `isAuthorized`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::policy::{Evaluation, Policy};

/// A valid answer, which may be cached.
#[derive(Clone, Debug)]
pub(super) struct AuthorizerAnswer {
    permission: Permission,
    principal_id: Option<String>,
    context: Option<Map<String, Value>>,
}

#[derive(Clone, Debug)]
enum Permission {
    Policy(Policy),
    Simple(bool),
}

/// The caller, as a Lambda authorizer described it.
#[derive(Clone, Debug)]
pub(crate) struct LambdaCaller {
    pub(crate) principal_id: Option<String>,
    /// What the authorizer adds to the event of the function.
    pub(crate) context: Option<Map<String, Value>>,
    /// The milliseconds that the authorizer took; 0 if its answer was cached.
    pub(crate) latency: i64,
}

/// What an API accepts as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    /// A policy with a context of strings, numbers and booleans.
    RestPolicy,
    /// A policy with a context of any values.
    HttpPolicy,
    /// `isAuthorized` with a context of any values.
    Simple,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyAnswer {
    principal_id: Option<String>,
    policy_document: Policy,
    context: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimpleAnswer {
    is_authorized: bool,
    context: Option<Map<String, Value>>,
}

impl AuthorizerAnswer {
    /// Parses the output of an authorizer.
    ///
    /// # Errors
    ///
    /// Fails with the reason why it is no answer.
    pub(super) fn parse(output: &[u8], format: AnswerFormat) -> Result<AuthorizerAnswer, String> {
        if format == AnswerFormat::Simple {
            let answer: SimpleAnswer =
                serde_json::from_slice(output).map_err(|error| error.to_string())?;
            return Ok(AuthorizerAnswer {
                permission: Permission::Simple(answer.is_authorized),
                principal_id: None,
                context: answer.context,
            });
        }
        let answer: PolicyAnswer =
            serde_json::from_slice(output).map_err(|error| error.to_string())?;
        answer.policy_document.check()?;
        if format == AnswerFormat::RestPolicy {
            let is_scalar = |value: &Value| {
                matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
            };
            let mut context = answer.context.iter().flatten();
            if let Some((name, _)) = context.find(|(_, value)| !is_scalar(value)) {
                return Err(format!(
                    "{name:?} in the context is no string, number or boolean"
                ));
            }
        }
        Ok(AuthorizerAnswer {
            permission: Permission::Policy(answer.policy_document),
            principal_id: answer.principal_id,
            context: answer.context,
        })
    }

    /// Evaluates the answer for a request to the method with this ARN. A cached answer is evaluated
    /// again for each request.
    pub(super) fn evaluate(&self, arn: &str) -> Evaluation {
        match &self.permission {
            Permission::Policy(policy) => policy.evaluate(arn),
            Permission::Simple(true) => Evaluation::Allowed,
            Permission::Simple(false) => Evaluation::NotAllowed,
        }
    }

    pub(super) fn into_caller(self, latency: i64) -> LambdaCaller {
        LambdaCaller {
            principal_id: self.principal_id,
            context: self.context,
            latency,
        }
    }
}

impl LambdaCaller {
    /// Returns the value of `$context.authorizer.NAME`: strings as they are, other values as JSON.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        if name == "principalId" {
            return self.principal_id.clone();
        }
        self.context.as_ref()?.get(name).map(as_text)
    }

    /// Returns the block of a REST API's event, with all values of the context as strings (fact R3.8).
    pub(crate) fn with_context_as_strings(&self) -> Map<String, Value> {
        let context = self.context.iter().flatten();
        self.with_context(context.map(|(name, value)| (name.clone(), as_text(value).into())))
    }

    /// Returns the block of an HTTP API's event in payload format 1.0.
    pub(crate) fn with_context_as_json(&self) -> Map<String, Value> {
        let context = self.context.iter().flatten();
        self.with_context(context.map(|(name, value)| (name.clone(), value.clone())))
    }

    fn with_context(&self, context: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
        let mut block: Map<String, Value> = context.collect();
        if let Some(principal) = &self.principal_id {
            block.insert("principalId".to_owned(), Value::from(principal.as_str()));
        }
        block.insert("integrationLatency".to_owned(), Value::from(self.latency));
        block
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
