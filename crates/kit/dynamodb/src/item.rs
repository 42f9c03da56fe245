//! Items as DynamoDB stores them, and the entities they are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use record::{Version, Versioned};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};

use crate::DatabaseError;

/// The attributes of an item, or some of them.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that holds the version.
pub(crate) const VERSION: &str = "version";

/// The attribute that holds the key of the receipt of the entity's creation.
pub(crate) const RECEIPT: &str = "receiptKey";

/// The key of an item: a partition key, and a sort key if the table has one.
#[derive(Clone, Debug)]
pub struct Key(Vec<(&'static str, AttributeValue)>);

impl Key {
    /// A key whose partition key is a string.
    pub fn new(partition_key: &'static str, value: impl ToString) -> Self {
        Self(vec![(partition_key, AttributeValue::S(value.to_string()))])
    }

    /// The same key with a sort key that is a string.
    #[must_use]
    pub fn and(mut self, sort_key: &'static str, value: impl ToString) -> Self {
        self.0
            .push((sort_key, AttributeValue::S(value.to_string())));
        self
    }

    /// The name of the partition key.
    pub(crate) fn partition_key(&self) -> &'static str {
        self.0[0].0
    }

    pub(crate) fn attributes(&self) -> Item {
        let attributes = self.0.iter();
        attributes
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }
}

/// The item of an entity. Attributes have the entity's JSON names.
pub(crate) fn write<T: Serialize>(
    table: &'static str,
    entity: &Versioned<T>,
) -> Result<Item, DatabaseError> {
    let item = to_item(&entity.entity);
    let mut item: Item = item.map_err(|source| DatabaseError::Corrupt { table, source })?;
    item.insert(VERSION.to_owned(), number(entity.version));
    Ok(item)
}

/// The entity of an item. Attributes that the entity does not have are ignored.
pub(crate) fn read<T: DeserializeOwned>(
    table: &'static str,
    mut item: Item,
) -> Result<Versioned<T>, DatabaseError> {
    let corrupt = |source| DatabaseError::Corrupt { table, source };
    let version = item.remove(VERSION).unwrap_or(AttributeValue::Null(true));
    let version: Version =
        serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value(version).map_err(corrupt)?;
    let entity = from_item(item).map_err(corrupt)?;
    Ok(Versioned { entity, version })
}

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The attribute value of a field.
pub(crate) fn value(field: &impl Serialize) -> AttributeValue {
    to_attribute_value(field).expect("a field is made of strings, numbers, lists and structs")
}
