//! Fields of a JSON Merge Patch (RFC 7396).
//!
//! Both types are read with `#[deserr(default)]`, so that a missing field keeps its value, and are
//! written with `#[serde(skip_serializing_if = "…::is_keep")]`.

use std::borrow::Cow;

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValuePointerRef};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::refuse;

/// A field that a patch may change but not remove: `null` is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The patch does not name the field.
    #[default]
    Keep,
    /// The field gets this value.
    Set(T),
}

/// An optional field, which a patch removes by `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Removable<T> {
    /// The patch does not name the field.
    #[default]
    Keep,
    /// The field is removed.
    Remove,
    /// The field gets this value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field keeps its value.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> Removable<T> {
    /// Whether the field keeps its value.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T> From<T> for Removable<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Change<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Err(refuse::<V, E>("cannot be removed", location)),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Removable<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Ok(Self::Remove),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}

/// The schema of the value, because a patch names only fields that change.
impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// The schema of the value, or `null`.
impl<T: JsonSchema> JsonSchema for Removable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Nullable_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Option<T>>()
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<T: Serialize> Serialize for Removable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Remove => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}
