//! JSON bodies, read strictly: all invalid fields are reported at once.

use std::{cell::RefCell, fmt, ops::ControlFlow};

use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef,
};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{InvalidField, InvalidFields};

/// The greatest number of lists and objects around a value. The bodies of routes have a few.
const MAX_DEPTH: usize = 32;

/// The greatest number of characters of a name that a pointer quotes.
const MAX_NAME: usize = 100;

impl InvalidFields {
    /// Adds a place of the body. Breaks off when there are more places than the list holds, so that
    /// a hostile body does not cost more than the first hundred.
    fn with(
        mut self,
        location: ValuePointerRef<'_>,
        detail: impl ToString,
    ) -> ControlFlow<Self, Self> {
        self.push(|| InvalidField::body(pointer(location), detail));
        self.flow()
    }

    fn flow(self) -> ControlFlow<Self, Self> {
        if self.has_more() {
            ControlFlow::Break(self)
        } else {
            ControlFlow::Continue(self)
        }
    }
}

impl MergeWithError<Self> for InvalidFields {
    fn merge(before: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        let mut errors = before.unwrap_or_default();
        errors.append(other);
        errors.flow()
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
                errors.with(location.push_key(field), "is missing")
            }
            ErrorKind::UnknownKey { key, .. } => {
                errors.with(location.push_key(key), "is not known here")
            }
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                let accepted = accepted.first().copied().map_or("something else", kind);
                let detail = format!("is {}, not {accepted}", kind(actual.kind()));
                errors.with(location, detail)
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                let detail = format!("is not one of {}", accepted.join(", "));
                errors.with(location, detail)
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                errors.with(location, format!("does not have {expected} items"))
            }
            ErrorKind::Unexpected { msg } => errors.with(location, msg),
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

/// A name as a part of a JSON Pointer, cut to [`MAX_NAME`] characters.
fn escaped(name: &str) -> String {
    let short: String = name.chars().take(MAX_NAME).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// A text was not read.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// It is not JSON (RFC 8259), or it is nested too deep. The text says which.
    Malformed(String),
    /// It is JSON, but not what the route takes.
    Invalid(Vec<InvalidField>),
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        // An error of data is the reader's own.
        Self::Malformed(if error.is_data() {
            error.to_string()
        } else {
            format!("it is not JSON: {error}")
        })
    }
}

/// Reads a JSON text as a `T`.
pub(crate) fn read<T: Deserr<InvalidFields>>(text: &str) -> Result<T, JsonError> {
    let repeated = RefCell::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reader = Reader {
        location: ValuePointerRef::Origin,
        depth: 0,
        repeated: &repeated,
    };
    let value = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    let mut errors: InvalidFields = repeated.into_inner();
    match deserr::deserialize(value) {
        Ok(body) if errors.is_empty() => Ok(body),
        Ok(_) => Err(JsonError::Invalid(errors.into_vec())),
        Err(invalid) => {
            errors.append(invalid);
            Err(JsonError::Invalid(errors.into_vec()))
        }
    }
}

/// Reads any JSON value and reports each name that an object has twice. serde_json would keep the last
/// one without an error (RFC 8259 section 4 calls that unpredictable).
struct Reader<'a> {
    location: ValuePointerRef<'a>,
    /// The number of lists and objects around the value.
    depth: usize,
    repeated: &'a RefCell<InvalidFields>,
}

impl Reader<'_> {
    /// A reader of the values in this list or object.
    fn inner<'a>(&'a self, location: ValuePointerRef<'a>) -> Reader<'a> {
        Reader {
            location,
            depth: self.depth + 1,
            repeated: self.repeated,
        }
    }

    /// Fails if the values of this list or object would be nested too deep.
    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            Ok(())
        } else {
            let detail = format!("it is nested deeper than {MAX_DEPTH} levels");
            Err(E::custom(detail))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
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
        self.check_depth()?;
        let mut values = Vec::new();
        loop {
            let location = self.location.push_index(values.len());
            match items.next_element_seed(self.inner(location))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let location = self.location.push_key(&name);
            let value = entries.next_value_seed(self.inner(location))?;
            if fields.contains_key(&name) {
                let field = || InvalidField::body(pointer(location), "is given twice");
                self.repeated.borrow_mut().push(field);
            } else {
                fields.insert(name, value);
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
                .map(|error| (error.pointer.unwrap_or_default(), error.detail))
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

    fn nested(levels: usize, name: &str, inner: &str) -> String {
        let open = format!("{{\"{name}\":").repeat(levels);
        format!("{open}{inner}{}", "}".repeat(levels))
    }

    #[test]
    fn a_body_nested_too_deep_is_malformed() {
        for (text, expected) in [
            (nested(124, &"n".repeat(120), "{}"), true),
            (nested(32, "n", "{}"), true),
            ("[".repeat(33) + &"]".repeat(33), true),
            (nested(31, "n", "{}"), false),
        ] {
            let read = read::<Item>(&text);
            let refused = matches!(&read, Err(JsonError::Malformed(detail))
                if detail.starts_with("it is nested deeper than 32 levels"));
            assert_eq!(refused, expected, "{text:.20}: {read:?}");
        }
    }

    #[test]
    fn repeated_names_are_reported_up_to_a_limit() {
        let twice = (0..520)
            .map(|n| format!("\"{n}\":0,\"{n}\":0"))
            .collect::<Vec<_>>();
        let text = nested(30, &"n".repeat(500), &format!("{{{}}}", twice.join(",")));

        let found = errors::<Item>(&text);

        assert_eq!(found.len(), 101);
        assert_eq!(found[0].0.len(), 128, "{found:?}");
        assert_eq!(
            found[100],
            error("", "only the first 100 errors are listed")
        );
    }

    #[test]
    fn unknown_names_are_reported_up_to_a_limit() {
        let unknown = (0..5_000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>();

        let found = errors::<Item>(&format!("{{{}}}", unknown.join(",")));

        assert_eq!(found.len(), 101);
        assert_eq!(
            found[100],
            error("", "only the first 100 errors are listed")
        );
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
