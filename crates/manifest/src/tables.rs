//! The shapes of the tables.

use crate::error::{Error, Problems, none_or_all};
use crate::fields::{Fields, kind};
use crate::member::{Member, Members};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The shape of a table: its keys, its indexes, and when its items expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What items are spread by.
    pub partition_key: Attribute,
    /// What items of one partition are ordered by.
    pub sort_key: Option<Attribute>,
    /// The attribute that holds when an item expires, in seconds since 1970.
    pub time_to_live: Option<String>,
    /// Its global secondary indexes; each projects every attribute.
    pub indexes: BTreeMap<String, Index>,
}

/// A global secondary index of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// What items are spread by.
    pub partition_key: Attribute,
    /// What items of one partition are ordered by.
    pub sort_key: Option<Attribute>,
}

/// A key attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute's name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
}

/// The types a key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

impl AttributeType {
    /// DynamoDB's letter for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
        }
    }
}

/// The variable that tells a function the physical name of the table `logical_name`:
/// `TABLE_` and the name in capitals, with `_` for `-`.
#[must_use]
pub fn environment_variable(logical_name: &str) -> String {
    format!("TABLE_{}", logical_name.to_uppercase().replace('-', "_"))
}

/// Reads the tables declared in the workspace that `manifest_path` belongs to.
///
/// # Errors
/// When Cargo cannot read the workspace, or a declaration is wrong.
pub fn read_tables(manifest_path: &Path) -> Result<BTreeMap<String, Table>, Error> {
    let members = Members::load(Some(manifest_path))?;
    let mut problems = Vec::new();
    let tables = declared_by(&members.packages, &mut problems);
    none_or_all(problems)?;
    Ok(tables)
}

/// The tables that one of `members` declares.
pub(crate) fn declared_by(
    members: &[Member],
    found: &mut Vec<crate::error::Problem>,
) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    let mut declared_in: Option<&Path> = None;
    for member in members {
        let Some(declared) = member.metadata.get("tables") else {
            continue;
        };
        let mut problems = Problems::new(&member.manifest_path, found);
        if let Some(first) = declared_in {
            problems.add(
                FIELD,
                format!("the tables are already declared in {}", first.display()),
            );
            continue;
        }
        declared_in = Some(&member.manifest_path);
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

/// A name that is good for DynamoDB and, in capitals, for an environment variable.
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
    let kind = match letter {
        Some("S") => Some(AttributeType::S),
        Some("N") => Some(AttributeType::N),
        Some("B") => Some(AttributeType::B),
        _ => {
            problems.add(fields.name_of("type"), "must be \"S\", \"N\" or \"B\"");
            None
        }
    };
    fields.require("name", "as in { name = \"id\", type = \"S\" }", problems);
    fields.finish(problems);
    Some(Attribute {
        name: name?.to_owned(),
        kind: kind?,
    })
}

/// DynamoDB knows one type for an attribute, whatever keys it is part of.
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
    /// Every attribute that is part of the table's key or an index's; one may come twice.
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
