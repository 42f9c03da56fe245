//! JSON bodies, read strictly: all invalid fields are reported at once.

use std::{cell::RefCell, fmt, ops::ControlFlow, rc::Rc};

use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef,
};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::InvalidField;

/// The fields of a body that are not what the route takes.
#[derive(Debug, Default)]
pub struct InvalidFields(Vec<InvalidField>);

impl InvalidFields {
    fn push(mut self, pointer: String, detail: impl ToString) -> ControlFlow<Self, Self> {
        self.0.push(InvalidField::body(pointer, detail));
        ControlFlow::Continue(self)
    }
}

impl MergeWithError<Self> for InvalidFields {
    fn merge(
        before: Option<Self>,
        mut other: Self,
        _: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let mut errors = before.unwrap_or_default();
        errors.0.append(&mut other.0);
        ControlFlow::Continue(errors)
    }
}

impl DeserializeError for InvalidFields {
    fn error<V: IntoValue>(
        before: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let errors = before.unwrap_or_default();
        match error {
            ErrorKind::MissingField { field } => {
                errors.push(pointer(location.push_key(field)), "is missing")
            }
            ErrorKind::UnknownKey { key, .. } => {
                errors.push(pointer(location.push_key(key)), "is not known here")
            }
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                let accepted = accepted.first().copied().map_or("something else", kind);
                let detail = format!("is {}, not {accepted}", kind(actual.kind()));
                errors.push(pointer(location), detail)
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                let detail = format!("is not one of {}", accepted.join(", "));
                errors.push(pointer(location), detail)
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                errors.push(pointer(location), format!("does not have {expected} items"))
            }
            ErrorKind::Unexpected { msg } => errors.push(pointer(location), msg),
        }
    }
}

/// What a JSON value is, with its article.
fn kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Null => "null",
        ValueKind::Boolean => "a boolean",
        ValueKind::Integer | ValueKind::NegativeInteger => "an integer",
        ValueKind::Float => "a fraction",
        ValueKind::String => "a string",
        ValueKind::Sequence => "a list",
        ValueKind::Map => "an object",
    }
}

/// A location as a JSON Pointer (RFC 6901 section 3).
fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => format!("{}/{}", pointer(*prev), escaped(key)),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

/// A name as a part of a JSON Pointer, cut to 100 characters.
fn escaped(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// A text was not read.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// It is not JSON (RFC 8259).
    Malformed(String),
    /// It is JSON, but not what the route takes.
    Invalid(Vec<InvalidField>),
}

/// Reads a JSON text as a `T`.
pub(crate) fn read<T: Deserr<InvalidFields>>(text: &str) -> Result<T, JsonError> {
    let repeated = Errors::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reader = Reader {
        pointer: String::new(),
        errors: Rc::clone(&repeated),
    };
    let malformed = |error: serde_json::Error| JsonError::Malformed(error.to_string());
    let value = reader.deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    let mut errors = repeated.take();
    match deserr::deserialize(value) {
        Ok(body) if errors.is_empty() => Ok(body),
        Ok(_) => Err(JsonError::Invalid(errors)),
        Err(InvalidFields(invalid)) => {
            errors.extend(invalid);
            Err(JsonError::Invalid(errors))
        }
    }
}

type Errors = Rc<RefCell<Vec<InvalidField>>>;

/// Reads any JSON value and reports each name that an object has twice. serde_json would keep the last
/// one without an error (RFC 8259 section 4 calls that unpredictable).
struct Reader {
    pointer: String,
    errors: Errors,
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let reader = Self {
                pointer: format!("{}/{}", self.pointer, values.len()),
                errors: Rc::clone(&self.errors),
            };
            match items.next_element_seed(reader)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let pointer = format!("{}/{}", self.pointer, escaped(&name));
            let reader = Self {
                pointer: pointer.clone(),
                errors: Rc::clone(&self.errors),
            };
            let value = entries.next_value_seed(reader)?;
            if fields.insert(name, value).is_some() {
                self.errors
                    .borrow_mut()
                    .push(InvalidField::body(pointer, "is given twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(deny_unknown_fields)]
    struct Item {
        name: String,
        price: Price,
    }

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(deny_unknown_fields)]
    struct Price {
        amount: u32,
    }

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(deny_unknown_fields)]
    struct Patch {
        #[deserr(default)]
        name: record::Change<String>,
        #[deserr(default)]
        note: record::Removable<String>,
    }

    fn errors<T: Deserr<InvalidFields> + fmt::Debug>(text: &str) -> Vec<(String, String)> {
        match read::<T>(text) {
            Err(JsonError::Invalid(errors)) => errors
                .into_iter()
                .map(|error| (error.pointer.unwrap(), error.detail))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    fn error(pointer: &str, detail: &str) -> (String, String) {
        (pointer.to_owned(), detail.to_owned())
    }

    #[test]
    fn a_valid_body_is_read() {
        let item: Item = read(r#" {"price":{"amount":5},"name":"Chaï"} "#).unwrap();

        assert_eq!((item.name.as_str(), item.price.amount), ("Chaï", 5));
    }

    #[test]
    fn all_invalid_fields_are_reported_at_once() {
        let text = r#"{"name":7,"price":{"amount":"5","tax/rate":1},"colour":"red"}"#;

        let mut found = errors::<Item>(text);

        found.sort();
        assert_eq!(
            found,
            [
                error("/colour", "is not known here"),
                error("/name", "is an integer, not a string"),
                error("/price/amount", "is a string, not an integer"),
                error("/price/tax~1rate", "is not known here"),
            ]
        );
    }

    #[test]
    fn a_repeated_name_is_refused_at_every_depth() {
        let text = r#"{"name":"a","name":"b","price":{"amount":1,"amount":1}}"#;

        assert_eq!(
            errors::<Item>(text),
            [
                error("/name", "is given twice"),
                error("/price/amount", "is given twice")
            ]
        );
    }

    #[test]
    fn a_body_that_is_not_an_object_is_refused() {
        for (text, kind) in [
            ("[]", "a list"),
            ("null", "null"),
            ("7", "an integer"),
            ("\"name\"", "a string"),
            ("true", "a boolean"),
        ] {
            let detail = format!("is {kind}, not an object");
            assert_eq!(errors::<Item>(text), [error("", &detail)], "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_json_is_malformed() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "{",
            "{\"name\":\"a\"}}",
            "{'name':1}",
            "{\"name\":NaN}",
            "{\"name\":1e999}",
            "{\"a\":\"\u{1}\"}",
            &deep,
        ] {
            let read = read::<Item>(text);
            assert!(matches!(read, Err(JsonError::Malformed(_))), "{text:.20}");
        }
    }

    #[test]
    fn a_patch_distinguishes_missing_from_null() {
        use record::{Change, Removable};

        let patch = |name, note| Patch { name, note };
        assert_eq!(
            read::<Patch>("{}").unwrap(),
            patch(Change::Keep, Removable::Keep)
        );
        assert_eq!(
            read::<Patch>(r#"{"note":null}"#).unwrap(),
            patch(Change::Keep, Removable::Remove)
        );
        assert_eq!(
            errors::<Patch>(r#"{"name":null}"#),
            [error("/name", "cannot be removed")]
        );
    }
}
