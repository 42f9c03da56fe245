//! JSON bodies, read strictly: every wrong place is named, and all of them at once.

use std::{cell::RefCell, fmt, rc::Rc};

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::InvalidField;

type Errors = Rc<RefCell<Vec<InvalidField>>>;

/// A JSON object being read: each field is taken once, and what is left at the end is unknown.
///
/// A field that is missing or wrong is noted and reads as `None`; so take all fields first and ask
/// afterwards whether they are there.
pub struct Object {
    pointer: String,
    fields: Map<String, Value>,
    errors: Errors,
}

impl Object {
    /// A field that must be there.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        match self.fields.remove(name) {
            Some(value) => self.read(name, value),
            None => self.missing(name),
        }
    }

    /// A field that may be missing, or `null`, which says the same.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.nullable(name).flatten()
    }

    /// A field of a merge patch (RFC 7396) that can be changed but not taken away: `null` is wrong.
    pub fn change<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        match self.fields.remove(name)? {
            Value::Null => self.wrong(name, "cannot be taken away"),
            value => self.read(name, value),
        }
    }

    /// A field of a merge patch (RFC 7396) that `null` takes away: `Some(None)`.
    pub fn nullable<T: DeserializeOwned>(&mut self, name: &str) -> Option<Option<T>> {
        match self.fields.remove(name)? {
            Value::Null => Some(None),
            value => self.read(name, value).map(Some),
        }
    }

    /// A field that must be there and be an object, read by `read`.
    pub fn required_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        match self.fields.remove(name) {
            Some(value) => self.object(name, value, read),
            None => self.missing(name),
        }
    }

    /// A field of a merge patch that is an object and is merged in its turn (RFC 7396 section 2).
    pub fn change_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        match self.fields.remove(name)? {
            Value::Null => self.wrong(name, "cannot be taken away"),
            value => self.object(name, value, read),
        }
    }

    /// A field that must be there and be a list of objects, each read by `read`.
    pub fn required_list<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(value) = self.fields.remove(name) else {
            return self.missing(name);
        };
        let Value::Array(values) = value else {
            return self.wrong(name, "is not a list");
        };
        let list = Self {
            pointer: self.pointer_to(name),
            fields: Map::new(),
            errors: Rc::clone(&self.errors),
        };
        let items: Vec<_> = values
            .into_iter()
            .enumerate()
            .map(|(at, value)| list.object(&at.to_string(), value, &mut read))
            .collect();
        items.into_iter().collect()
    }

    /// Notes that what was read is wrong at `place`, a JSON Pointer from here.
    pub fn refuse(&mut self, place: &str, detail: impl ToString) {
        self.errors.borrow_mut().push(InvalidField::body(
            &format!("{}{place}", self.pointer),
            detail,
        ));
    }

    fn object<T>(
        &self,
        name: &str,
        value: Value,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let pointer = self.pointer_to(name);
        let Value::Object(fields) = value else {
            return self.wrong(name, "is not an object");
        };
        let mut object = Self {
            pointer,
            fields,
            errors: Rc::clone(&self.errors),
        };
        let result = read(&mut object);
        object.refuse_the_rest();
        result
    }

    fn read<T: DeserializeOwned>(&self, name: &str, value: Value) -> Option<T> {
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => self.wrong(name, error),
        }
    }

    fn missing<T>(&self, name: &str) -> Option<T> {
        self.wrong(name, "is missing")
    }

    fn wrong<T>(&self, name: &str, detail: impl ToString) -> Option<T> {
        self.errors
            .borrow_mut()
            .push(InvalidField::body(&self.pointer_to(name), detail));
        None
    }

    fn pointer_to(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escaped(name))
    }

    fn refuse_the_rest(self) {
        for name in self.fields.keys() {
            self.wrong::<()>(name, "is not known here");
        }
    }
}

/// Why a text was not read.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// It is not JSON (RFC 8259).
    Malformed(String),
    /// It is JSON, but not what is wanted.
    Invalid(Vec<InvalidField>),
}

/// Reads a JSON object with `read`.
pub(crate) fn read_object<T>(
    text: &str,
    read: impl FnOnce(&mut Object) -> Option<T>,
) -> Result<T, JsonError> {
    let errors = Errors::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let place = Place {
        pointer: String::new(),
        errors: Rc::clone(&errors),
    };
    let malformed = |error: serde_json::Error| JsonError::Malformed(error.to_string());
    let value = place.deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    let result = match value {
        Value::Object(fields) => {
            let mut object = Object {
                pointer: String::new(),
                fields,
                errors: Rc::clone(&errors),
            };
            let result = read(&mut object);
            object.refuse_the_rest();
            result
        }
        _ => {
            errors
                .borrow_mut()
                .push(InvalidField::body("", "is not an object"));
            None
        }
    };
    let errors = errors.take();
    match result {
        Some(result) if errors.is_empty() => Ok(result),
        _ => Err(JsonError::Invalid(errors)),
    }
}

/// A name as a part of a JSON Pointer (RFC 6901 section 3), cut where a client made it absurdly long.
fn escaped(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// Reads any JSON value at a place; notes a name that an object has twice, of which serde_json
/// would silently keep the last (RFC 8259 section 4 calls that unpredictable).
struct Place {
    pointer: String,
    errors: Errors,
}

impl<'de> DeserializeSeed<'de> for Place {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place {
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
            let place = Self {
                pointer: format!("{}/{}", self.pointer, values.len()),
                errors: Rc::clone(&self.errors),
            };
            match items.next_element_seed(place)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let pointer = format!("{}/{}", self.pointer, escaped(&name));
            let place = Self {
                pointer: pointer.clone(),
                errors: Rc::clone(&self.errors),
            };
            let value = entries.next_value_seed(place)?;
            if fields.insert(name, value).is_some() {
                self.errors
                    .borrow_mut()
                    .push(InvalidField::body(&pointer, "is there twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors<T>(result: Result<T, JsonError>) -> Vec<(String, String)> {
        match result {
            Err(JsonError::Invalid(errors)) => errors
                .into_iter()
                .map(|error| (error.pointer.unwrap(), error.detail))
                .collect(),
            Err(JsonError::Malformed(detail)) => panic!("malformed: {detail}"),
            Ok(_) => Vec::new(),
        }
    }

    fn name_and_price(body: &mut Object) -> Option<(String, u32)> {
        let name = body.required("name");
        let price = body.required_object("price", |price| price.required("amount"));
        Some((name?, price?))
    }

    #[test]
    fn what_is_right_is_read() {
        let read = read_object(r#" {"price":{"amount":5},"name":"Chaï"} "#, name_and_price);

        assert_eq!(read.unwrap(), ("Chaï".to_owned(), 5));
    }

    #[test]
    fn all_wrong_places_are_named_at_once() {
        let text = r#"{"name":7,"price":{"amount":"5","tax/rate":1},"colour":"red"}"#;

        let found = errors(read_object(text, name_and_price));

        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/name", "/price/amount", "/price/tax~1rate", "/colour"]
        );
        assert_eq!(found[0].1, "invalid type: integer `7`, expected a string");
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_at_every_depth() {
        let text = r#"{"name":"a","name":"b","price":{"amount":1,"amount":1}}"#;

        let found = errors(read_object(text, name_and_price));

        assert_eq!(found.len(), 2);
        assert!(found.contains(&("/name".to_owned(), "is there twice".to_owned())));
        assert!(found.contains(&("/price/amount".to_owned(), "is there twice".to_owned())));
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for text in ["[]", "null", "7", "\"name\"", "true"] {
            let found = errors(read_object(text, name_and_price));
            assert_eq!(
                found,
                [(String::new(), "is not an object".to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
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
            assert!(
                matches!(
                    read_object(text, name_and_price),
                    Err(JsonError::Malformed(_))
                ),
                "{:.20}",
                text
            );
        }
    }

    #[test]
    fn a_merge_patch_tells_missing_from_null() {
        let read = |text| {
            read_object(text, |body| {
                Some((
                    body.change::<String>("name"),
                    body.nullable::<String>("note"),
                ))
            })
        };

        assert_eq!(read("{}").unwrap(), (None, None));
        assert_eq!(read(r#"{"note":null}"#).unwrap(), (None, Some(None)));
        assert_eq!(
            errors(read(r#"{"name":null}"#)),
            [("/name".to_owned(), "cannot be taken away".to_owned())]
        );
    }
}
