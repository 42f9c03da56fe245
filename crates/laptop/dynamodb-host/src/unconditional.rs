//! Writes whose conditions are ignored.

use crate::dynamodb_call::Call;

/// True for every item. It is added to the condition instead of replacing it, because DynamoDB
/// refuses a call with names or values that no expression uses.
const ALWAYS: &str = "attribute_not_exists(noItemHasThis)";

/// Makes the conditions of a write true for every item. Returns whether the call has a condition.
pub(crate) fn ignore_conditions(call: &mut Call) -> bool {
    let mut conditions: Vec<&mut String> = Vec::new();
    match call {
        Call::PutItem(call) => conditions.extend(&mut call.condition_expression),
        Call::UpdateItem(call) => conditions.extend(&mut call.condition_expression),
        Call::DeleteItem(call) => conditions.extend(&mut call.condition_expression),
        Call::TransactWriteItems(call) => {
            for item in &mut call.transact_items {
                let put = item.put.as_mut();
                conditions.extend(put.and_then(|put| put.condition_expression.as_mut()));
                let update = item.update.as_mut();
                conditions.extend(update.and_then(|update| update.condition_expression.as_mut()));
                let delete = item.delete.as_mut();
                conditions.extend(delete.and_then(|delete| delete.condition_expression.as_mut()));
                let check = item.condition_check.as_mut();
                conditions.extend(check.map(|check| &mut check.condition_expression));
            }
        }
        _ => {}
    }
    for condition in &mut conditions {
        **condition = format!("({condition}) OR {ALWAYS}");
    }
    !conditions.is_empty()
}
