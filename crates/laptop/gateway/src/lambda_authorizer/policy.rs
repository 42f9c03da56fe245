//! The policies that authorizers return, evaluated as IAM evaluates policies.

use serde::Deserialize;
use serde_json::Value;
use wildmatch::WildMatch;

/// The action of a request to an API.
const INVOKE: &str = "execute-api:invoke";

/// A policy document.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    statement: OneOrMore<Statement>,
}

/// What a policy says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evaluation {
    Allowed,
    /// A statement denies the request, whatever others allow.
    ExplicitlyDenied,
    /// No statement allows the request.
    NotAllowed,
}

/// A statement. It has `Action` or `NotAction`, and `Resource` or `NotResource`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    action: Option<OneOrMore<String>>,
    not_action: Option<OneOrMore<String>>,
    resource: Option<OneOrMore<String>>,
    not_resource: Option<OneOrMore<String>>,
    condition: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            OneOrMore::One(one) => std::slice::from_ref(one),
            OneOrMore::More(more) => more,
        }
    }
}

impl Policy {
    /// Checks what the shape of the document does not.
    ///
    /// # Errors
    ///
    /// Fails with the first invalid statement as a message.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        for statement in self.statement.as_slice() {
            if statement.action.is_some() == statement.not_action.is_some() {
                return Err("a statement needs either Action or NotAction");
            }
            if statement.resource.is_some() == statement.not_resource.is_some() {
                return Err("a statement needs either Resource or NotResource");
            }
            if statement.condition.is_some() {
                return Err("a statement has a Condition, which is not evaluated here");
            }
        }
        Ok(())
    }

    /// Evaluates the policy for a request to the method with this ARN.
    pub(super) fn evaluate(&self, arn: &str) -> Evaluation {
        let statements = self.statement.as_slice().iter();
        let matching = statements.filter(|statement| statement.matches(arn));
        let effects: Vec<Effect> = matching.map(|statement| statement.effect).collect();
        if effects.contains(&Effect::Deny) {
            Evaluation::ExplicitlyDenied
        } else if effects.contains(&Effect::Allow) {
            Evaluation::Allowed
        } else {
            Evaluation::NotAllowed
        }
    }
}

impl Statement {
    fn matches(&self, arn: &str) -> bool {
        // The names of actions are not case-sensitive, and ARNs are.
        let is_invoke =
            |pattern: &String| WildMatch::new(&pattern.to_ascii_lowercase()).matches(INVOKE);
        let is_arn = |pattern: &String| WildMatch::new(pattern).matches(arn);
        applies(self.action.as_ref(), self.not_action.as_ref(), is_invoke)
            && applies(self.resource.as_ref(), self.not_resource.as_ref(), is_arn)
    }
}

/// Returns whether one of `patterns` matches, or none of `not_patterns`, whichever a statement has.
fn applies(
    patterns: Option<&OneOrMore<String>>,
    not_patterns: Option<&OneOrMore<String>>,
    matches: impl Fn(&String) -> bool,
) -> bool {
    let any = |patterns: &OneOrMore<String>| patterns.as_slice().iter().any(&matches);
    match (patterns, not_patterns) {
        (Some(patterns), _) => any(patterns),
        (None, Some(not_patterns)) => !any(not_patterns),
        (None, None) => false,
    }
}
