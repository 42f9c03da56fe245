//! JSON Schema of draft 4, as far as the models of `manifest` use it.
//!
//! The crate `jsonschema` would add 28 crates to `cargo local`, which compile for more than 20 seconds of
//! CPU time and so delay the first response. The tests compare the two.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Number, Value};

/// A schema. Its definitions are those of the whole document.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Schema {
    #[serde(rename = "$schema")]
    _draft: IgnoredAny,
    #[serde(rename = "title")]
    _title: IgnoredAny,
    pub(super) definitions: BTreeMap<String, Schema>,
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type")]
    pub(super) types: Option<Types>,
    #[serde(rename = "enum")]
    pub(super) values: Option<Vec<Value>>,
    pub(super) minimum: Option<Number>,
    pub(super) exclusive_minimum: bool,
    pub(super) maximum: Option<Number>,
    pub(super) exclusive_maximum: bool,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    #[serde(deserialize_with = "pattern")]
    pub(super) pattern: Option<Regex>,
    pub(super) items: Option<Box<Schema>>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) unique_items: bool,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) required: Vec<String>,
    pub(super) additional_properties: Option<AdditionalProperties>,
    pub(super) min_properties: Option<usize>,
    pub(super) max_properties: Option<usize>,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Option<Vec<Schema>>,
    pub(super) one_of: Option<Vec<Schema>>,
    pub(super) not: Option<Box<Schema>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Types {
    One(Type),
    Several(Vec<Type>),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum AdditionalProperties {
    Allowed(bool),
    Schema(Box<Schema>),
}

impl Schema {
    /// Returns a reference, of this schema or below it, that refers to no definition.
    pub(super) fn dangling_reference(&self) -> Option<&str> {
        let known = |name: &str| self.definitions.contains_key(name);
        let mut open: Vec<&Schema> = vec![self];
        while let Some(schema) = open.pop() {
            if let Some(target) = &schema.reference
                && !name_in(target).is_some_and(known)
            {
                return Some(target);
            }
            open.extend(schema.children());
        }
        None
    }

    fn children(&self) -> impl Iterator<Item = &Schema> {
        let additional = match &self.additional_properties {
            Some(AdditionalProperties::Schema(schema)) => Some(&**schema),
            _ => None,
        };
        let single = [self.items.as_deref(), self.not.as_deref(), additional];
        let lists = [&self.any_of, &self.one_of].into_iter().flatten().flatten();
        self.definitions
            .values()
            .chain(self.properties.values())
            .chain(single.into_iter().flatten())
            .chain(&self.all_of)
            .chain(lists)
    }
}

/// Returns the name in a reference to a definition.
pub(super) fn name_in(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/definitions/")
}

fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}
