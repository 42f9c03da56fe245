//! Update expressions that count the version up.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use record::Expected;
use serde::Serialize;
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::item::{Item, VERSION, number, value};

/// An update of an item's attributes and its conditions. One condition is always that the item exists.
/// The version increases by 1.
///
/// A path is an attribute's name, or names with dots between them: `price.amount`.
#[derive(Clone, Debug)]
pub struct Update {
    set: String,
    remove: String,
    condition: String,
    names: HashMap<String, String>,
    values: Item,
    /// What is set, or removed if it is `None`.
    changes: Vec<(String, Option<AttributeValue>)>,
}

/// Enough for most updates. Growing a map costs as much as ten entries.
const CAPACITY: usize = 14;

impl Update {
    /// An update that changes the version alone.
    #[must_use]
    pub fn new(expected: &Expected) -> Self {
        let mut update = Self {
            set: "SET #version = #version + :one".to_owned(),
            remove: String::new(),
            condition: String::new(),
            names: HashMap::with_capacity(CAPACITY),
            values: Item::with_capacity(CAPACITY),
            changes: Vec::new(),
        };
        update
            .names
            .insert("#version".to_owned(), VERSION.to_owned());
        update.values.insert(":one".to_owned(), number(1));
        match expected {
            Expected::Any => update.condition.push_str("attribute_exists(#version)"),
            Expected::OneOf(versions) => {
                // `IN ()` is not valid. Versions begin at 1, so no item is in version 0.
                let numbers: Vec<_> = match versions.as_slice() {
                    [] => vec![number(0)],
                    versions => versions.iter().map(number).collect(),
                };
                update.condition.push_str("#version IN (");
                for (at, number) in numbers.into_iter().enumerate() {
                    if at > 0 {
                        update.condition.push_str(", ");
                    }
                    let place = update.value(number);
                    update.condition.push_str(&place);
                }
                update.condition.push(')');
            }
        }
        update
    }

    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, path: &str, field: &impl Serialize) -> Self {
        self.set_value(path, value(field));
        self
    }

    /// Adds a number to an attribute, or subtracts it.
    #[must_use]
    pub fn add(mut self, path: &str, delta: i64) -> Self {
        let (name, place) = (self.name(path), self.value(number(delta)));
        for part in [", ", &name, " = ", &name, " + ", &place] {
            self.set.push_str(part);
        }
        self
    }

    /// Makes the changes of a JSON Merge Patch (RFC 7396): fields of objects are merged, and fields
    /// that are written as `null` are removed.
    ///
    /// # Panics
    ///
    /// When `patch` is not written as an object.
    #[must_use]
    pub fn merge(mut self, patch: &impl Serialize) -> Self {
        let changes: Item = to_item(patch).expect("a patch is an object of strings and numbers");
        self.merge_at("", changes);
        self
    }

    fn merge_at(&mut self, parent: &str, changes: Item) {
        for (name, value) in changes {
            let path = if parent.is_empty() {
                name
            } else {
                format!("{parent}.{name}")
            };
            match value {
                AttributeValue::Null(_) => {
                    let name = self.name(&path);
                    let before = if self.remove.is_empty() {
                        " REMOVE "
                    } else {
                        ", "
                    };
                    self.remove.push_str(before);
                    self.remove.push_str(&name);
                    self.changes.push((path, None));
                }
                AttributeValue::M(changes) => self.merge_at(&path, changes),
                value => self.set_value(&path, value),
            }
        }
    }

    /// Requires that a number is between two others, which are included.
    #[must_use]
    pub fn if_between(mut self, path: &str, least: i64, most: i64) -> Self {
        let name = self.name(path);
        let (least, most) = (self.value(number(least)), self.value(number(most)));
        for part in [" AND ", &name, " BETWEEN ", &least, " AND ", &most] {
            self.condition.push_str(part);
        }
        self
    }

    /// Requires that an attribute has a value.
    #[must_use]
    pub fn if_equal(mut self, path: &str, field: &impl Serialize) -> Self {
        let (name, place) = (self.name(path), self.value(value(field)));
        for part in [" AND ", &name, " = ", &place] {
            self.condition.push_str(part);
        }
        self
    }

    /// Whether the version is all that changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the update sets the attribute.
    pub(crate) fn sets(&self, attribute: &str) -> bool {
        self.changes.iter().any(|(path, _)| path == attribute)
    }

    /// Sets and removes the same in an item that was read before.
    pub(crate) fn apply(&self, item: &mut Item) {
        for (path, change) in &self.changes {
            let mut parent = &mut *item;
            let mut names = path.split('.').peekable();
            while let Some(name) = names.next() {
                if names.peek().is_some() {
                    let inner = parent
                        .entry(name.to_owned())
                        .or_insert_with(|| AttributeValue::M(Item::new()));
                    let AttributeValue::M(inner) = inner else {
                        break;
                    };
                    parent = inner;
                } else if let Some(value) = change {
                    parent.insert(name.to_owned(), value.clone());
                } else {
                    parent.remove(name);
                }
            }
        }
    }

    fn set_value(&mut self, path: &str, value: AttributeValue) {
        self.changes.push((path.to_owned(), Some(value.clone())));
        let (name, place) = (self.name(path), self.value(value));
        for part in [", ", &name, " = ", &place] {
            self.set.push_str(part);
        }
    }

    /// Registers placeholders for a path's names; returns the path in placeholders.
    fn name(&mut self, path: &str) -> String {
        let mut placeholders = String::with_capacity(path.len() + 4);
        for name in path.split('.') {
            if !placeholders.is_empty() {
                placeholders.push('.');
            }
            let start = placeholders.len();
            placeholders.push('#');
            placeholders.push_str(name);
            let placeholder = &placeholders[start..];
            if !self.names.contains_key(placeholder) {
                self.names.insert(placeholder.to_owned(), name.to_owned());
            }
        }
        placeholders
    }

    /// Registers a value; returns its placeholder.
    fn value(&mut self, value: AttributeValue) -> String {
        let place = format!(":{}", self.values.len());
        self.values.insert(place.clone(), value);
        place
    }

    pub(crate) fn into_parts(mut self) -> Parts {
        self.set.push_str(&self.remove);
        Parts {
            update: self.set,
            condition: self.condition,
            names: self.names,
            values: self.values,
        }
    }
}

/// An update as the SDK takes it.
pub(crate) struct Parts {
    pub(crate) update: String,
    pub(crate) condition: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Item,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_sets_merges_and_removes() {
        let patch = json!({ "name": "Tea", "price": { "amount": 5 }, "note": null });
        let update = Update::new(&Expected::Any).merge(&patch);
        let mut item: Item = to_item(json!({
            "name": "Jam", "note": "old", "price": { "amount": 1, "currency": "EUR" },
        }))
        .unwrap();

        update.apply(&mut item);

        let expected: Item = to_item(json!({
            "name": "Tea", "price": { "amount": 5, "currency": "EUR" },
        }))
        .unwrap();
        assert_eq!(item, expected);
        let parts = update.into_parts();
        assert_eq!(parts.condition, "attribute_exists(#version)");
        assert!(parts.update.contains(", #price.#amount = :"));
        assert!(parts.update.ends_with(" REMOVE #note"), "{}", parts.update);
    }

    #[test]
    fn an_empty_list_of_versions_allows_no_item() {
        let parts = Update::new(&Expected::OneOf(Vec::new())).into_parts();

        assert_eq!(parts.condition, "#version IN (:1)");
        assert_eq!(parts.values[":1"], number(0));
    }
}
