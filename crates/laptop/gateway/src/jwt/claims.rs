//! Claims as an event bears them: every value a string, as Go prints it.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

/// The claims of a token; those that are null are dropped.
pub(super) fn on_the_wire(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    claims
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// The scopes of a token: `scp` rather than `scope` (fact 5.6), an array or words in a string.
pub(super) fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let claim = claims
        .get("scp")
        .filter(|value| !value.is_null())
        .or_else(|| claims.get("scope"));
    match claim {
        Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
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

/// Without an exponent, however large.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}
