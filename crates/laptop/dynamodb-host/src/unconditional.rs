//! Writes whose conditions are passed over.

use bytes::Bytes;
use serde_json::Value;

/// True of every item. It stands beside the condition and not in its place, because the names and
/// values that come with a condition must be used.
const ALWAYS: &str = "attribute_not_exists(noItemHasThis)";

/// The same write, done whatever its conditions say; `None` when it has none.
pub(crate) fn without_conditions(body: &[u8]) -> Option<Bytes> {
    let mut call: Value = serde_json::from_slice(body).ok()?;
    let mut passed_over = pass_over(&mut call);
    let items = call.get_mut("TransactItems").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        for write in item.as_object_mut()?.values_mut() {
            passed_over |= pass_over(write);
        }
    }
    passed_over.then(|| Bytes::from(call.to_string()))
}

fn pass_over(write: &mut Value) -> bool {
    let Some(Value::String(condition)) = write.get_mut("ConditionExpression") else {
        return false;
    };
    *condition = format!("({condition}) OR {ALWAYS}");
    true
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::without_conditions;

    fn passed_over(call: &Value) -> Option<Value> {
        let body = without_conditions(call.to_string().as_bytes())?;
        Some(serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn every_condition_of_a_write_is_made_true() {
        let call = |one: &str, two: &str| {
            json!({ "TransactItems": [
                { "Put": { "TableName": "t", "ConditionExpression": one } },
                { "Update": { "TableName": "t" } },
                { "ConditionCheck": { "TableName": "t", "ConditionExpression": two } },
            ] })
        };
        let made_true = |condition| format!("({condition}) OR attribute_not_exists(noItemHasThis)");

        assert_eq!(
            passed_over(&call("a = :a", "b = :b")),
            Some(call(&made_true("a = :a"), &made_true("b = :b")))
        );
        assert_eq!(
            passed_over(&json!({ "ConditionExpression": "a = :a" })),
            Some(json!({ "ConditionExpression": made_true("a = :a") }))
        );
    }

    #[test]
    fn what_has_no_condition_is_left_alone() {
        for body in [
            r#"{"TableName":"t"}"#,
            r#"{"TransactItems":[{"Put":{}}]}"#,
            "",
            "[1]",
        ] {
            assert_eq!(without_conditions(body.as_bytes()), None, "{body}");
        }
    }
}
