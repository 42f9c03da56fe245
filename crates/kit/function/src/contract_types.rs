//! The types that the operations of a service read and write, for the document of its API.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use deserr::Deserr;
use schemars::JsonSchema;
pub use schemars::{Schema, SchemaGenerator};
use serde::Serialize;

use crate::{EntityTags, IdempotencyKey, InvalidFields, Listed, Request};
use dynamodb::{Cursor, Limit};

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The types of a service by their names. Declarations of functions use these names.
#[derive(Default)]
pub struct Types {
    /// The types of request bodies.
    pub bodies: BTreeMap<String, BodyType>,
    /// The types of path variables, query parameters and headers.
    pub parameters: BTreeMap<String, ParameterType>,
    /// The types of response bodies.
    pub replies: BTreeMap<String, ReplyType>,
}

/// The type of a request body.
#[derive(Clone, Copy)]
pub struct BodyType {
    pub schema: SchemaOf,
    /// Reads the body of a request as [`Request::json`] does. Fails with the text of the problem.
    pub read: fn(&Request) -> Result<(), String>,
}

/// The type of a parameter.
#[derive(Clone, Copy)]
pub struct ParameterType {
    pub schema: SchemaOf,
    /// Reads the parameter. Fails with the text of the error.
    pub read: fn(&str) -> Result<(), String>,
}

/// The type of a response body.
#[derive(Clone, Copy)]
pub struct ReplyType {
    pub schema: SchemaOf,
    /// The schema of a page of a list.
    pub page: SchemaOf,
}

impl Types {
    /// The types that every service has.
    #[must_use]
    pub fn of_every_service() -> Self {
        Self::default()
            .parameter::<Limit>()
            .parameter::<Cursor>()
            .parameter::<EntityTags>()
            .parameter::<IdempotencyKey>()
            .reply::<crate::Health>()
    }

    /// Adds the type of a request body.
    #[must_use]
    pub fn body<T: Deserr<InvalidFields> + JsonSchema>(mut self) -> Self {
        let read = |request: &Request| match request.json::<T>() {
            Ok(_) => Ok(()),
            Err(problem) => Err(format!("{problem:?}")),
        };
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        self.bodies
            .insert(T::schema_name().into_owned(), BodyType { schema, read });
        self
    }

    /// Adds the type of a parameter.
    #[must_use]
    pub fn parameter<T: FromStr<Err: Display> + JsonSchema>(mut self) -> Self {
        let read = |text: &str| match text.parse::<T>() {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        self.parameters.insert(
            T::schema_name().into_owned(),
            ParameterType { schema, read },
        );
        self
    }

    /// Adds the type of a response body.
    #[must_use]
    pub fn reply<T: Serialize + JsonSchema + 'static>(mut self) -> Self {
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        let page = |generator: &mut SchemaGenerator| generator.subschema_for::<Listed<'_, T>>();
        self.replies
            .insert(T::schema_name().into_owned(), ReplyType { schema, page });
        self
    }
}
