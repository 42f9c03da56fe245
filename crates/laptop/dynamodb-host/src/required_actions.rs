//! What a call would do: the actions it performs and what on, as IAM sees it.

use std::{borrow::Cow, collections::BTreeMap};

use manifest::{Action, Resource};
use serde::{Deserialize, de::IgnoredAny};

/// One action on one table or index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// The action's name, for the refusal.
    pub(crate) verb: &'static str,
    /// `None` when no declaration can name the action.
    pub(crate) action: Option<Action>,
    /// `None` when no table is named.
    pub(crate) resource: Option<Resource>,
}

/// The operation is not one of DynamoDB's item or table calls, or its body cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// No declaration can permit it.
    Operation,
    /// The body is not what the operation takes.
    Body,
}

/// What the operation asks for. An empty list names no table, which the engine refuses itself.
pub(crate) fn demands(operation: &str, body: &[u8]) -> Result<Vec<Demand>, Unclear> {
    match operation {
        "GetItem" => one(Action::GetItem, body),
        "PutItem" => one(Action::PutItem, body),
        "UpdateItem" => one(Action::UpdateItem, body),
        "DeleteItem" => one(Action::DeleteItem, body),
        "Query" => one(Action::Query, body),
        "Scan" => one(Action::Scan, body),
        "DescribeTable" => one(Action::DescribeTable, body),
        "DescribeTimeToLive" => one(Action::DescribeTimeToLive, body),
        "BatchGetItem" => batch(Action::BatchGetItem, body),
        "BatchWriteItem" => batch(Action::BatchWriteItem, body),
        "TransactGetItems" | "TransactWriteItems" => transaction(body),
        // PartiQL. No declaration can name its actions, so every function is denied.
        "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => Ok(vec![Demand {
            verb: "PartiQLSelect",
            action: None,
            resource: None,
        }]),
        _ => Err(Unclear::Operation),
    }
}

impl Demand {
    pub(crate) fn new(action: Action, resource: Option<Resource>) -> Self {
        Self {
            verb: action.as_str(),
            action: Some(action),
            resource,
        }
    }
}

/// Reads no more of the body than the names; the items are the engine's business.
fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Unclear> {
    serde_json::from_slice(body).map_err(|_| Unclear::Body)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'b> {
    #[serde(borrow, default)]
    table_name: Option<Cow<'b, str>>,
    #[serde(borrow, default)]
    index_name: Option<Cow<'b, str>>,
}

impl Named<'_> {
    fn resource(&self) -> Option<Resource> {
        Some(Resource {
            table: table_of(self.table_name.as_deref()?),
            index: self.index_name.as_deref().map(str::to_owned),
        })
    }
}

/// A table may be named by its ARN.
fn table_of(name: &str) -> String {
    let name = match name.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":table/").map_or(name, |(_, name)| name),
        None => name,
    };
    name.to_owned()
}

fn one(action: Action, body: &[u8]) -> Result<Vec<Demand>, Unclear> {
    let named: Named<'_> = read(body)?;
    let resource = named.resource();
    Ok(resource
        .map(|resource| Demand::new(action, Some(resource)))
        .into_iter()
        .collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    request_items: Option<BTreeMap<String, IgnoredAny>>,
}

fn batch(action: Action, body: &[u8]) -> Result<Vec<Demand>, Unclear> {
    let Batch { request_items } = read(body)?;
    let tables = request_items.unwrap_or_default().into_keys();
    Ok(tables
        .map(|table| {
            let resource = Resource {
                table: table_of(&table),
                index: None,
            };
            Demand::new(action, Some(resource))
        })
        .collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction<'b> {
    #[serde(borrow, default)]
    transact_items: Option<Vec<TransactItem<'b>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TransactItem<'b> {
    #[serde(borrow, default)]
    get: Option<Named<'b>>,
    #[serde(borrow, default)]
    put: Option<Named<'b>>,
    #[serde(borrow, default)]
    update: Option<Named<'b>>,
    #[serde(borrow, default)]
    delete: Option<Named<'b>>,
    #[serde(borrow, default)]
    condition_check: Option<Named<'b>>,
}

/// A transaction has no action of its own: each item needs the one it performs.
fn transaction(body: &[u8]) -> Result<Vec<Demand>, Unclear> {
    let Transaction { transact_items } = read(body)?;
    let mut demands = Vec::new();
    for item in transact_items.unwrap_or_default() {
        let parts = [
            (Action::GetItem, item.get),
            (Action::PutItem, item.put),
            (Action::UpdateItem, item.update),
            (Action::DeleteItem, item.delete),
            (Action::ConditionCheckItem, item.condition_check),
        ];
        for (action, named) in parts {
            if let Some(resource) = named.and_then(|named| named.resource()) {
                demands.push(Demand::new(action, Some(resource)));
            }
        }
    }
    Ok(demands)
}

/// The token by which DynamoDB knows a transaction that is sent again.
pub(crate) fn token_of_transaction(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tokened {
        client_request_token: Option<String>,
    }
    read::<Tokened>(body).ok()?.client_request_token
}

/// How many items a transaction has.
pub(crate) fn items_of_transaction(body: &[u8]) -> usize {
    let transaction: Result<Transaction<'_>, _> = read(body);
    let items = transaction.ok().and_then(|t| t.transact_items);
    items.map_or(0, |items| items.len())
}

#[cfg(test)]
mod tests {
    use super::{Unclear, demands};

    fn told(operation: &str, body: &str) -> Vec<String> {
        let demands = demands(operation, body.as_bytes()).unwrap();
        demands
            .iter()
            .map(|demand| match &demand.resource {
                Some(resource) => format!("{} {resource}", demand.verb),
                None => demand.verb.to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_call_on_one_table_demands_its_own_action() {
        assert_eq!(
            told("GetItem", r#"{"TableName":"notes","Key":{}}"#),
            ["GetItem notes"]
        );
        assert_eq!(
            told("Query", r#"{"TableName":"notes","IndexName":"by-author"}"#),
            ["Query notes/by-author"]
        );
        assert_eq!(
            told(
                "PutItem",
                r#"{"TableName":"arn:aws:dynamodb:eu-west-1:1:table/notes"}"#
            ),
            ["PutItem notes"]
        );
    }

    #[test]
    fn a_transaction_demands_an_action_for_each_item() {
        let body = r#"{"TransactItems":[{"Put":{"TableName":"notes"}},
            {"ConditionCheck":{"TableName":"pages"}},{"Delete":{"TableName":"notes"}}]}"#;
        assert_eq!(
            told("TransactWriteItems", body),
            [
                "PutItem notes",
                "ConditionCheckItem pages",
                "DeleteItem notes"
            ]
        );
    }

    #[test]
    fn a_batch_demands_its_action_on_each_table() {
        assert_eq!(
            told(
                "BatchWriteItem",
                r#"{"RequestItems":{"pages":[],"notes":[]}}"#
            ),
            ["BatchWriteItem notes", "BatchWriteItem pages"]
        );
    }

    #[test]
    fn statements_require_what_no_declaration_can_name() {
        for operation in [
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
        ] {
            let demands = demands(operation, b"{}").unwrap();
            assert!(demands[0].action.is_none(), "{operation}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_unclear() {
        assert_eq!(demands("CreateTable", b"{}"), Err(Unclear::Operation));
        assert_eq!(demands("GetItem", b"{"), Err(Unclear::Body));
        assert_eq!(
            demands("GetItem", br#"{"TableName":"notes","TableName":"pages"}"#),
            Err(Unclear::Body)
        );
        assert_eq!(
            demands("GetItem", br#"{"TableName":1}"#),
            Err(Unclear::Body)
        );
    }
}
