//! Which DynamoDB actions a function may perform, and on what.

use crate::error::Problems;
use crate::fields::{did_you_mean, kind};
use crate::tables::Table;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The DynamoDB actions a function may perform on each table and index; nothing else is permitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(BTreeMap<Resource, BTreeSet<Action>>);

impl Permissions {
    /// Whether `action` is permitted on `resource`. A table's permissions do not cover its indexes.
    #[must_use]
    pub fn allow(&self, action: Action, resource: &Resource) -> bool {
        self.0
            .get(resource)
            .is_some_and(|actions| actions.contains(&action))
    }

    /// Every resource with the actions permitted on it.
    pub fn iter(&self) -> impl Iterator<Item = (&Resource, &BTreeSet<Action>)> {
        self.0.iter()
    }

    /// The logical names of the tables named, each once.
    #[must_use]
    pub fn tables(&self) -> BTreeSet<&str> {
        self.0
            .keys()
            .map(|resource| resource.table.as_str())
            .collect()
    }

    pub(crate) fn read(
        name: &str,
        value: Option<&Value>,
        tables: &BTreeMap<String, Table>,
        problems: &mut Problems<'_>,
    ) -> Self {
        let declared = match value {
            None => return Self::default(),
            Some(Value::Object(declared)) => declared,
            Some(other) => {
                problems.add(name, format!("must be a table, not {}", kind(other)));
                return Self::default();
            }
        };
        let mut permissions = BTreeMap::new();
        for (key, actions) in declared {
            let name = if key.contains('/') {
                format!("{name}.{key:?}")
            } else {
                format!("{name}.{key}")
            };
            let resource = Resource::read(key, &name, tables, problems);
            let actions = actions_of(actions, key.contains('/'), &name, problems);
            if let Some(resource) = resource {
                permissions.insert(resource, actions);
            }
        }
        Self(permissions)
    }
}

impl<R: Into<Resource>, A: IntoIterator<Item = Action>> FromIterator<(R, A)> for Permissions {
    fn from_iter<I: IntoIterator<Item = (R, A)>>(entries: I) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(resource, actions)| (resource.into(), actions.into_iter().collect()))
                .collect(),
        )
    }
}

/// A table, or an index of one. Its text is the key of a declaration: `notes` or `notes/by-author`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// The table's logical name.
    pub table: String,
    /// The index's name, when it is not the table itself.
    pub index: Option<String>,
}

impl Resource {
    fn read(
        key: &str,
        name: &str,
        tables: &BTreeMap<String, Table>,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let resource = Self::from(key);
        let Some(table) = tables.get(&resource.table) else {
            let hint = did_you_mean(&resource.table, tables.keys().map(String::as_str));
            problems.add(name, format!("unknown table {:?}{hint}", resource.table));
            return None;
        };
        if let Some(index) = &resource.index
            && !table.indexes.contains_key(index)
        {
            let hint = did_you_mean(index, table.indexes.keys().map(String::as_str));
            problems.add(
                name,
                format!("unknown index {index:?} of {:?}{hint}", resource.table),
            );
            return None;
        }
        Some(resource)
    }
}

impl From<&str> for Resource {
    fn from(key: &str) -> Self {
        match key.split_once('/') {
            Some((table, index)) => Self {
                table: table.to_owned(),
                index: Some(index.to_owned()),
            },
            None => Self {
                table: key.to_owned(),
                index: None,
            },
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.index {
            Some(index) => write!(f, "{}/{index}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

fn actions_of(
    value: &Value,
    on_index: bool,
    name: &str,
    problems: &mut Problems<'_>,
) -> BTreeSet<Action> {
    let Some(values) = value.as_array().filter(|values| !values.is_empty()) else {
        problems.add(name, "must be an array of actions, as in [\"GetItem\"]");
        return BTreeSet::new();
    };
    let mut actions = BTreeSet::new();
    for value in values {
        let Some(text) = value.as_str() else {
            problems.add(
                name,
                format!("an action must be a string, not {}", kind(value)),
            );
            continue;
        };
        match Action::parse(text) {
            Ok(action) if on_index && !action.is_of_indexes() => {
                problems.add(
                    name,
                    format!("an index does not know {action}, only its table"),
                );
            }
            Ok(action) => {
                if !actions.insert(action) {
                    problems.add(name, format!("names {action} twice"));
                }
            }
            Err(hint) => problems.add(name, format!("unknown action {text:?}{hint}")),
        }
    }
    actions
}

/// The DynamoDB actions that IAM knows and that concern one table or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    BatchGetItem,
    BatchWriteItem,
    ConditionCheckItem,
    DeleteItem,
    DescribeTable,
    DescribeTimeToLive,
    GetItem,
    PutItem,
    Query,
    Scan,
    UpdateItem,
}

impl Action {
    const ALL: [Self; 11] = [
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::ConditionCheckItem,
        Self::DeleteItem,
        Self::DescribeTable,
        Self::DescribeTimeToLive,
        Self::GetItem,
        Self::PutItem,
        Self::Query,
        Self::Scan,
        Self::UpdateItem,
    ];

    /// The action without its `dynamodb:`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::ConditionCheckItem => "ConditionCheckItem",
            Self::DeleteItem => "DeleteItem",
            Self::DescribeTable => "DescribeTable",
            Self::DescribeTimeToLive => "DescribeTimeToLive",
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::UpdateItem => "UpdateItem",
        }
    }

    /// The action of this name; the error is a hint for the end of a message.
    fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or_else(|| match text {
            "TransactWriteItems" => "; a transaction has no action of its own: it needs PutItem, \
                UpdateItem, DeleteItem or ConditionCheckItem for what it does to each item"
                .to_owned(),
            "TransactGetItems" => {
                "; a transaction has no action of its own: it needs GetItem".to_owned()
            }
            _ => did_you_mean(text, Self::ALL.iter().map(|action| action.as_str())),
        })
    }

    fn is_of_indexes(self) -> bool {
        matches!(self, Self::Query | Self::Scan)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
