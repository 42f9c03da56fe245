//! Update expressions (`UpdateExpression` of the DynamoDB API) that count a version up.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Expected, Time, Version};

use crate::attributes::{Attributes, number, text};

/// The attributes of an item that are to change.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) set: Vec<(&'static str, AttributeValue)>,
    pub(crate) remove: Vec<&'static str>,
    /// What the thing holds afterwards, where the unique attribute is among the changes.
    pub(crate) reservation: Option<String>,
}

/// An update of attributes that counts the version up, and the condition it holds under.
pub(crate) struct Expression {
    pub(crate) update: String,
    pub(crate) condition: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Attributes,
}

impl Expression {
    pub(crate) fn new(expected: &Expected, changes: &Changes, now: Time) -> Self {
        let mut names = HashMap::from([
            ("#id".to_owned(), "id".to_owned()),
            ("#version".to_owned(), "version".to_owned()),
            ("#updatedAt".to_owned(), "updatedAt".to_owned()),
        ]);
        let mut values = Attributes::from([
            (":one".to_owned(), number(1)),
            (":now".to_owned(), text(now)),
        ]);
        let mut update = "SET #version = #version + :one, #updatedAt = :now".to_owned();
        for (name, value) in &changes.set {
            update.push_str(&format!(", #{name} = :{name}"));
            names.insert(format!("#{name}"), (*name).to_owned());
            values.insert(format!(":{name}"), value.clone());
        }
        for (at, name) in changes.remove.iter().enumerate() {
            update.push_str(if at == 0 { " REMOVE " } else { ", " });
            update.push_str(&format!("#{name}"));
            names.insert(format!("#{name}"), (*name).to_owned());
        }
        let mut condition = "attribute_exists(#id)".to_owned();
        if let Expected::OneOf(versions) = expected {
            // Versions begin at 1, so 0 stands for one that nothing has.
            let none = [number(0)];
            let seen: Vec<_> = versions.iter().map(number).collect();
            let seen = if seen.is_empty() { &none[..] } else { &seen };
            let places: Vec<_> = (0..seen.len()).map(|at| format!(":seen{at}")).collect();
            condition.push_str(&format!(" AND #version IN ({})", places.join(", ")));
            values.extend(places.into_iter().zip(seen.iter().cloned()));
        }
        Self {
            update,
            condition,
            names,
            values,
        }
    }

    /// With `#name` as a placeholder for each of `attributes`.
    pub(crate) fn name<const N: usize>(&mut self, attributes: [&str; N]) {
        for attribute in attributes {
            self.names
                .insert(format!("#{attribute}"), attribute.to_owned());
        }
    }

    /// With `:name` for a value.
    pub(crate) fn value(&mut self, name: &str, value: AttributeValue) {
        self.values.insert(format!(":{name}"), value);
    }

    /// Does to `item`, which is in version `seen`, what DynamoDB does.
    pub(crate) fn apply(&self, changes: &Changes, item: &mut Attributes, seen: Version) {
        for (name, value) in &changes.set {
            item.insert((*name).to_owned(), value.clone());
        }
        for name in &changes.remove {
            item.remove(*name);
        }
        item.insert("version".to_owned(), number(seen.next()));
        item.insert("updatedAt".to_owned(), self.values[":now"].clone());
    }
}
