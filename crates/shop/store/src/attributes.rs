//! Items as DynamoDB has them: names and values.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::DatabaseError;

/// An item, or a part of one.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A string value.
pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number value.
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Reads an item of a table back into types.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'static str,
    pub(crate) item: &'a Attributes,
}

impl Reader<'_> {
    /// A string that must be there.
    pub(crate) fn text<T: TryFrom<String>>(&self, name: &'static str) -> Result<T, DatabaseError> {
        self.optional_text(name)?.ok_or_else(|| self.corrupt(name))
    }

    /// A string that may be missing, but not be wrong.
    pub(crate) fn optional_text<T: TryFrom<String>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, DatabaseError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(value)) => T::try_from(value.clone())
                .map(Some)
                .map_err(|_| self.corrupt(name)),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    /// An integer that must be there.
    pub(crate) fn integer<N, T>(&self, name: &'static str) -> Result<T, DatabaseError>
    where
        N: std::str::FromStr,
        T: TryFrom<N>,
    {
        let value = self.item.get(name).and_then(|value| value.as_n().ok());
        let parsed = value
            .and_then(|digits| digits.parse().ok())
            .and_then(|number| T::try_from(number).ok());
        parsed.ok_or_else(|| self.corrupt(name))
    }

    fn corrupt(&self, attribute: &'static str) -> DatabaseError {
        DatabaseError::Corrupt {
            table: self.table,
            attribute,
        }
    }
}
