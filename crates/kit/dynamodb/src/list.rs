//! The lists that a table or an index has.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Cursor, Item, Key, ListError};

/// A list of the items of a table: all of them, or those of one partition of the table or an index.
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) index: Option<&'static str>,
    pub(crate) partition: Option<Key>,
    /// The other key attributes of the table and the index. A cursor holds their values.
    sort: Vec<SortKey>,
    pub(crate) newest_first: bool,
}

/// A key attribute, which is a string.
#[derive(Clone, Copy, Debug)]
struct SortKey {
    name: &'static str,
    /// Whether a text can be a value of the attribute.
    is_valid: fn(&str) -> bool,
}

impl List {
    /// All items of a table, in no particular order.
    #[must_use]
    pub fn all() -> Self {
        Self {
            index: None,
            partition: None,
            sort: Vec::new(),
            newest_first: false,
        }
    }

    /// The items of one partition, in the order of the sort key.
    #[must_use]
    pub fn of(partition: Key) -> Self {
        Self {
            partition: Some(partition),
            ..Self::all()
        }
    }

    /// The same list with a key attribute of type `T`. Name each that the partition does not have:
    /// the sort key, and for an index the key attributes of the table as well.
    #[must_use]
    pub fn sorted_by<T: FromStr>(mut self, name: &'static str) -> Self {
        self.sort.push(SortKey {
            name,
            is_valid: |text| text.parse::<T>().is_ok(),
        });
        self
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
            values.len() == self.sort.len()
                && std::iter::zip(&self.sort, values).all(|(key, value)| (key.is_valid)(value))
        });
        let values = values.ok_or(ListError::InvalidCursor)?;
        let mut start = self
            .partition
            .as_ref()
            .map(Key::attributes)
            .unwrap_or_default();
        let sort = self.sort.iter().map(|key| key.name.to_owned());
        start.extend(sort.zip(values.into_iter().map(AttributeValue::S)));
        Ok(Some(start))
    }

    /// The position after the item with the key `last`.
    pub(crate) fn cursor(&self, table: &str, last: &Item) -> Cursor {
        let value = |key: &SortKey| match last.get(key.name) {
            Some(AttributeValue::S(value)) => value.clone(),
            _ => String::new(),
        };
        let values: Vec<_> = self.sort.iter().map(value).collect();
        Cursor::new(&self.name(table), &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_cursor_whose_values_are_not_keys_is_refused() {
        let list = List::all().sorted_by::<u32>("id");
        let start = |values: &[&str]| {
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            list.start("notes", Some(&Cursor::new("notes", &values)))
        };

        for values in [&[][..], &[""], &["x"], &["7", "7"]] {
            assert!(
                matches!(start(values), Err(ListError::InvalidCursor)),
                "accepted {values:?}"
            );
        }
        assert_eq!(
            start(&["7"]).unwrap(),
            Some([("id".to_owned(), AttributeValue::S("7".to_owned()))].into())
        );
    }
}
