//! The lists that a table or an index has.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Cursor, Item, Key, ListError};

/// A list of the items of a table: all of them, or those of one partition of the table or an index.
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) index: Option<&'static str>,
    pub(crate) partition: Option<Key>,
    /// The other key attributes of the table and the index, by which the list goes on.
    sort: &'static [&'static str],
    pub(crate) newest_first: bool,
}

impl List {
    /// All items of a table, in no particular order. `key` names the table's key attributes, which
    /// are strings.
    #[must_use]
    pub fn all(key: &'static [&'static str]) -> Self {
        Self {
            index: None,
            partition: None,
            sort: key,
            newest_first: false,
        }
    }

    /// The items of one partition, in the order of the sort key. `sort` names the sort key, and for
    /// an index the key attributes of the table as well; all are strings.
    #[must_use]
    pub fn of(partition: Key, sort: &'static [&'static str]) -> Self {
        Self {
            partition: Some(partition),
            ..Self::all(sort)
        }
    }

    /// The same list, read from an index. Its reads are eventually consistent, all others strongly.
    #[must_use]
    pub fn by(mut self, index: &'static str) -> Self {
        self.index = Some(index);
        self
    }

    /// The same list, from the greatest sort key to the least.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// What distinguishes this list from all others.
    fn name(&self, table: &str) -> String {
        let partition = self.partition.as_ref().map(Key::attributes);
        match partition.iter().flatten().next() {
            Some((name, AttributeValue::S(value))) => format!("{table}?{name}={value}"),
            _ => table.to_owned(),
        }
    }

    /// The key of the item after which the page begins.
    pub(crate) fn start(
        &self,
        table: &str,
        after: Option<&Cursor>,
    ) -> Result<Option<Item>, ListError> {
        let Some(cursor) = after else {
            return Ok(None);
        };
        let values = cursor.values(&self.name(table));
        let values = values.filter(|values| {
            values.len() == self.sort.len() && !values.iter().any(String::is_empty)
        });
        let values = values.ok_or(ListError::InvalidCursor)?;
        let mut start = self
            .partition
            .as_ref()
            .map(Key::attributes)
            .unwrap_or_default();
        let sort = self.sort.iter().map(|name| (*name).to_owned());
        start.extend(sort.zip(values.into_iter().map(AttributeValue::S)));
        Ok(Some(start))
    }

    /// The position after the item with the key `last`.
    pub(crate) fn cursor(&self, table: &str, last: &Item) -> Cursor {
        let value = |name: &&str| match last.get(*name) {
            Some(AttributeValue::S(value)) => value.clone(),
            _ => String::new(),
        };
        let values: Vec<_> = self.sort.iter().map(value).collect();
        Cursor::new(&self.name(table), &values)
    }
}
