//! Which DynamoDB actions a function may perform, and on what.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Serialize, Serializer};
use serde_json::Value;
use strum::VariantNames;

use crate::{
    error::Problems,
    fields::{did_you_mean, kind},
    tables::Table,
};

/// The DynamoDB actions a function may perform on each table and index; nothing else is permitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Permissions(BTreeMap<Resource, BTreeSet<Action>>);

impl Permissions {
    /// Returns whether `action` is permitted on `resource`. A table's permissions do not cover its indexes.
    #[must_use]
    pub fn allow(&self, action: Action, resource: &Resource) -> bool {
        self.0
            .get(resource)
            .is_some_and(|actions| actions.contains(&action))
    }

    /// Returns every resource with the actions permitted on it.
    pub fn iter(&self) -> impl Iterator<Item = (&Resource, &BTreeSet<Action>)> {
        self.0.iter()
    }

    /// Returns the logical names of the tables, of those with a permitted index too.
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
            let name = field_of(name, key);
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

/// Returns the name of the field `key` of the table `name`, as TOML writes it.
pub(crate) fn field_of(name: &str, key: &str) -> String {
    if key.contains('/') {
        format!("{name}.{key:?}")
    } else {
        format!("{name}.{key}")
    }
}

/// A table, or an index of one. Its text is the key of a declaration: `notes` or `notes/by-author`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// The table's logical name.
    pub table: String,
    /// The name of an index, or `None` for the table itself.
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

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
                    format!("{action} is an action of tables, not of indexes"),
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

/// The DynamoDB actions of IAM that concern one table or index, except PartiQL's.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
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
    /// Returns the action without `dynamodb:`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses an action. The error is a hint for the end of a message.
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| match text {
            "TransactWriteItems" => "; a transaction has no action of its own: it needs PutItem, \
                UpdateItem, DeleteItem or ConditionCheckItem for what it does to each item"
                .to_owned(),
            "TransactGetItems" => {
                "; a transaction has no action of its own: it needs GetItem".to_owned()
            }
            _ => did_you_mean(text, Self::VARIANTS.iter().copied()),
        })
    }

    fn is_of_indexes(self) -> bool {
        matches!(self, Self::Query | Self::Scan)
    }
}
