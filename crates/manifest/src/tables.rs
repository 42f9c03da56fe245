//! The shapes of the tables.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use serde_json::Value;

use crate::{
    error::{Error, Found, Problems},
    fields::{Fields, kind},
    member::Members,
};

/// The shape of a table: its keys, its indexes, and when its items expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    pub partition_key: Attribute,
    pub sort_key: Option<Attribute>,
    /// The attribute that holds when an item expires, in seconds since 1970.
    pub time_to_live: Option<String>,
    /// Its global secondary indexes; each projects every attribute.
    pub indexes: BTreeMap<String, Index>,
}

/// A global secondary index of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    pub partition_key: Attribute,
    pub sort_key: Option<Attribute>,
}

/// A key attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: AttributeType,
}

/// The types of key attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::EnumString, strum::IntoStaticStr)]
pub enum AttributeType {
    /// A string.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

impl AttributeType {
    /// Returns DynamoDB's letter for the type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Returns the environment variable that has the physical name of the table `logical_name`:
/// `TABLE_` and the name in capitals, with `_` for `-`.
#[must_use]
pub fn environment_variable(logical_name: &str) -> String {
    format!("TABLE_{}", logical_name.to_uppercase().replace('-', "_"))
}

/// Reads the tables declared in the workspace that `manifest_path` belongs to.
///
/// # Errors
/// Fails if Cargo cannot read the workspace, or a declaration is wrong.
pub fn read_tables(manifest_path: &Path) -> Result<BTreeMap<String, Table>, Error> {
    let members = Members::load(Some(manifest_path))?;
    let mut found = Found::default();
    let tables = declared_by(&members, &mut found);
    found.into_result(&members.root)?;
    Ok(tables)
}

/// Returns the tables that one of `members` declares.
pub(crate) fn declared_by(members: &Members, found: &mut Found) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    let mut declared_in: Option<&str> = None;
    for member in &members.packages {
        let Some(declared) = member.metadata.get("tables") else {
            continue;
        };
        let mut problems = found.in_file(&member.manifest_path);
        if let Some(first) = declared_in {
            problems.add(
                FIELD,
                format!("the tables are already declared by the package {first:?}"),
            );
            continue;
        }
        declared_in = Some(&member.name);
        let Value::Object(declared) = declared else {
            problems.add(FIELD, format!("must be a table, not {}", kind(declared)));
            continue;
        };
        for (name, value) in declared {
            let field = format!("{FIELD}.{name}");
            name_is_valid(name, &field, &mut problems);
            if let Some(table) = read_table(&field, value, &mut problems) {
                tables.insert(name.clone(), table);
            }
        }
    }
    tables
}

const FIELD: &str = "package.metadata.tables";

/// Checks that a name is valid in DynamoDB and, in capitals, as an environment variable.
fn name_is_valid(name: &str, field: &str, problems: &mut Problems<'_>) {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(3..=255).contains(&name.len()) || !name.chars().all(letters) {
        problems.add(
            field,
            "a name has 3 to 255 characters: lower-case letters, digits and \"-\"",
        );
    }
}

fn read_table(field: &str, value: &Value, problems: &mut Problems<'_>) -> Option<Table> {
    let mut fields = Fields::open(field, value, problems)?;
    let (partition_key, sort_key) = read_keys(&mut fields, problems);
    let time_to_live = fields.text("time-to-live", problems).map(str::to_owned);
    let mut indexes = BTreeMap::new();
    if let Some(declared) = fields.take("indexes") {
        let field = fields.name_of("indexes");
        match declared {
            Value::Object(declared) => {
                for (name, value) in declared {
                    let field = format!("{field}.{name}");
                    name_is_valid(name, &field, problems);
                    if let Some(index) = read_index(&field, value, problems) {
                        indexes.insert(name.clone(), index);
                    }
                }
            }
            other => problems.add(field, format!("must be a table, not {}", kind(other))),
        }
    }
    fields.finish(problems);
    let table = Table {
        partition_key: partition_key?,
        sort_key,
        time_to_live,
        indexes,
    };
    attributes_agree(field, &table, problems);
    Some(table)
}

fn read_index(field: &str, value: &Value, problems: &mut Problems<'_>) -> Option<Index> {
    let mut fields = Fields::open(field, value, problems)?;
    let (partition_key, sort_key) = read_keys(&mut fields, problems);
    fields.finish(problems);
    Some(Index {
        partition_key: partition_key?,
        sort_key,
    })
}

fn read_keys(
    fields: &mut Fields<'_>,
    problems: &mut Problems<'_>,
) -> (Option<Attribute>, Option<Attribute>) {
    let name = fields.name_of("partition-key");
    let partition_key = match fields.take("partition-key") {
        Some(value) => read_attribute(name, value, problems),
        None => {
            fields.require("partition-key", "as in \"id\"", problems);
            None
        }
    };
    let name = fields.name_of("sort-key");
    let sort_key = fields
        .take("sort-key")
        .and_then(|value| read_attribute(name, value, problems));
    (partition_key, sort_key)
}

fn read_attribute(field: String, value: &Value, problems: &mut Problems<'_>) -> Option<Attribute> {
    if let Value::String(name) = value {
        return Some(Attribute {
            name: name.clone(),
            kind: AttributeType::S,
        });
    }
    let mut fields = Fields::open(&*field, value, problems)?;
    let name = fields.text("name", problems);
    let letter = fields.text("type", problems);
    let kind = letter.and_then(|letter| letter.parse().ok());
    if kind.is_none() {
        problems.add(fields.name_of("type"), "must be \"S\", \"N\" or \"B\"");
    }
    fields.require("name", "as in { name = \"id\", type = \"S\" }", problems);
    fields.finish(problems);
    Some(Attribute {
        name: name?.to_owned(),
        kind: kind?,
    })
}

/// Checks that an attribute has one type in all keys that it is part of.
fn attributes_agree(field: &str, table: &Table, problems: &mut Problems<'_>) {
    let mut kinds: BTreeMap<&str, AttributeType> = BTreeMap::new();
    for attribute in table.key_attributes() {
        let known = kinds.entry(&attribute.name).or_insert(attribute.kind);
        if *known != attribute.kind {
            problems.add(
                field,
                format!("the attribute {:?} has two types", attribute.name),
            );
        }
    }
}

impl Table {
    /// Returns the attributes of the keys of the table and its indexes; one may come twice.
    pub fn key_attributes(&self) -> impl Iterator<Item = &Attribute> {
        let of_indexes = self
            .indexes
            .values()
            .flat_map(|index| std::iter::once(&index.partition_key).chain(&index.sort_key));
        std::iter::once(&self.partition_key)
            .chain(&self.sort_key)
            .chain(of_indexes)
    }
}
