//! Bodies of responses that are the same in every service.

use std::borrow::Cow;

use dynamodb::{Cursor, Limit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// A page of a list.
#[derive(Serialize)]
pub struct Listed<'a, T> {
    pub(crate) items: &'a [T],
    pub(crate) next: Option<String>,
}

/// The function answers.
#[derive(Serialize, JsonSchema)]
pub struct Health {
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
}

impl Health {
    /// The body of a function that answers.
    pub const OK: Self = Self { status: "ok" };
}

impl<T: JsonSchema> JsonSchema for Listed<'_, T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Page", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        let next = generator.subschema_for::<Cursor>();
        json_schema!({
            "description": "A page of a list.",
            "type": "object",
            "properties": {
                "items": { "type": "array", "items": items, "maxItems": Limit::MAX },
                "next": {
                    "description": "The cursor of the next page, or null on the last page.",
                    "anyOf": [next, { "type": "null" }],
                },
            },
            "required": ["items", "next"],
        })
    }
}
