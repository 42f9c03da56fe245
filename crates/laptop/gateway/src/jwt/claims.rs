//! The claims of an event: every value is a string, as Go prints it.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

/// Returns the claims of a token without those that are null.
pub(super) fn on_the_wire(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    claims
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// Returns the scopes of a token: of `scp` rather than `scope` (fact 5.6), a string or an array. They are
/// read from the claim as the event has it, so a function that reads the claim finds the same scopes.
pub(super) fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let is_present = |name: &&str| claims.get(*name).is_some_and(|value| !value.is_null());
    let claim = ["scp", "scope"].into_iter().find(is_present);
    claim.map_or_else(Vec::new, |name| split(&text(&claims[name])))
}

/// Splits `a b` or `[a b]` at single spaces. Any other shape grants no scope: a bracket that is left, a
/// brace or a quotation mark comes from a nested value.
fn split(claim: &str) -> Vec<String> {
    let inner = claim
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(claim);
    if inner.contains(['[', ']', '{', '}', '"']) {
        return Vec::new();
    }
    let words = inner.split(' ').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => digits(number),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(text).collect();
            format!("[{}]", texts.join(" "))
        }
        Value::Object(_) => value.to_string(),
    }
}

/// Prints a number without an exponent.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}
