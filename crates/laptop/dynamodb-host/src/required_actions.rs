//! The actions that IAM requires for a call, and the tables and indexes it requires them on.

use manifest::{Action, Resource};

use crate::dynamodb_call::Call;

/// One action on one table or index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequiredAction {
    pub(crate) action: Action,
    pub(crate) resource: Resource,
}

/// Returns the actions that a call requires, or `None` if no declaration can permit it.
pub(crate) fn required_actions(call: &Call) -> Option<Vec<RequiredAction>> {
    let on_table = |action, table: &str| required(action, table, None);
    let required = match call {
        Call::GetItem(call) => vec![on_table(Action::GetItem, &call.table_name)],
        Call::PutItem(call) => vec![on_table(Action::PutItem, &call.table_name)],
        Call::UpdateItem(call) => vec![on_table(Action::UpdateItem, &call.table_name)],
        Call::DeleteItem(call) => vec![on_table(Action::DeleteItem, &call.table_name)],
        Call::DescribeTable(call) => vec![on_table(Action::DescribeTable, &call.table_name)],
        Call::DescribeTimeToLive(call) => {
            vec![on_table(Action::DescribeTimeToLive, &call.table_name)]
        }
        Call::Query(call) => {
            let index = call.index_name.as_deref();
            vec![required(Action::Query, &call.table_name, index)]
        }
        Call::Scan(call) => {
            let index = call.index_name.as_deref();
            vec![required(Action::Scan, &call.table_name, index)]
        }
        Call::BatchGetItem(call) => {
            let tables = call.request_items.keys();
            tables
                .map(|table| on_table(Action::BatchGetItem, table))
                .collect()
        }
        Call::BatchWriteItem(call) => {
            let tables = call.request_items.keys();
            tables
                .map(|table| on_table(Action::BatchWriteItem, table))
                .collect()
        }
        // A transaction has no action of its own: each item requires the one it performs.
        Call::TransactGetItems(call) => {
            let tables = call.transact_items.iter().map(|item| &item.get.table_name);
            tables
                .map(|table| on_table(Action::GetItem, table))
                .collect()
        }
        Call::TransactWriteItems(call) => {
            let items = call.transact_items.iter().flat_map(|item| {
                let put = item
                    .put
                    .as_ref()
                    .map(|put| (Action::PutItem, &put.table_name));
                let update = item.update.as_ref();
                let update = update.map(|update| (Action::UpdateItem, &update.table_name));
                let delete = item.delete.as_ref();
                let delete = delete.map(|delete| (Action::DeleteItem, &delete.table_name));
                let check = item.condition_check.as_ref();
                let check = check.map(|check| (Action::ConditionCheckItem, &check.table_name));
                [put, update, delete, check].into_iter().flatten()
            });
            items
                .map(|(action, table)| on_table(action, table))
                .collect()
        }
        Call::CreateTable(_)
        | Call::DeleteTable(_)
        | Call::ListTables(_)
        | Call::UpdateTable(_)
        | Call::UpdateTimeToLive(_) => return None,
    };
    Some(required)
}

fn required(action: Action, table: &str, index: Option<&str>) -> RequiredAction {
    RequiredAction {
        action,
        resource: Resource {
            table: table.to_owned(),
            index: index.map(str::to_owned),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, required_actions};

    fn required(operation: &str, body: &str) -> Vec<String> {
        let call = Call::parse(operation, body.as_bytes()).unwrap();
        let mut required: Vec<_> = required_actions(&call)
            .unwrap()
            .iter()
            .map(|required| format!("{} {}", required.action, required.resource))
            .collect();
        required.sort();
        required
    }

    #[test]
    fn a_call_on_one_table_requires_its_own_action() {
        assert_eq!(
            required("GetItem", r#"{"TableName":"notes","Key":{}}"#),
            ["GetItem notes"]
        );
        assert_eq!(
            required("Query", r#"{"TableName":"notes","IndexName":"by-author"}"#),
            ["Query notes/by-author"]
        );
    }

    #[test]
    fn a_transaction_requires_an_action_for_each_item() {
        let body = r#"{"TransactItems":[
            {"Put":{"TableName":"notes","Item":{}}},
            {"ConditionCheck":{"TableName":"pages","Key":{},"ConditionExpression":"a"}},
            {"Delete":{"TableName":"notes","Key":{}}}]}"#;

        assert_eq!(
            required("TransactWriteItems", body),
            [
                "ConditionCheckItem pages",
                "DeleteItem notes",
                "PutItem notes"
            ]
        );
    }

    #[test]
    fn a_batch_requires_its_action_on_each_table() {
        assert_eq!(
            required(
                "BatchWriteItem",
                r#"{"RequestItems":{"pages":[],"notes":[]}}"#
            ),
            ["BatchWriteItem notes", "BatchWriteItem pages"]
        );
    }

    #[test]
    fn no_declaration_permits_changes_of_tables() {
        let call = Call::parse("ListTables", b"{}").unwrap();

        assert_eq!(required_actions(&call), None);
    }
}
