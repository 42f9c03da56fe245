//! The parameters of an operation.

use serde_json::{Value, json};

use crate::openapi::component_schemas::{Schemas, sentence};

/// Where a parameter is, its name, its type and its description.
pub(crate) struct Parameter {
    pub place: &'static str,
    pub name: String,
    pub r#type: String,
    pub description: &'static str,
}

impl Parameter {
    /// Returns a variable of the path. Its type has its name: `noteId` is a `NoteId`.
    pub(crate) fn path(name: &str) -> Self {
        Self {
            place: "path",
            name: name.to_owned(),
            r#type: sentence(name),
            description: "",
        }
    }

    pub(crate) fn query(name: &str, r#type: &str) -> Self {
        Self {
            place: "query",
            name: name.to_owned(),
            r#type: r#type.to_owned(),
            description: "",
        }
    }

    /// Returns the parameters of a list.
    pub(crate) fn page() -> [Self; 2] {
        let parameter = |name: &str, r#type: &str, description| Self {
            description,
            ..Self::query(name, r#type)
        };
        [
            parameter(
                "limit",
                "Limit",
                "The greatest number of items on the page.",
            ),
            parameter(
                "cursor",
                "Cursor",
                "Where the page begins: `next` of the page before. Without it, the first page.",
            ),
        ]
    }

    pub(crate) fn if_match() -> Self {
        Self {
            place: "header",
            name: "If-Match".to_owned(),
            r#type: "EntityTags".to_owned(),
            description: "The versions that the change may find: the `ETag` of what was read. Without it, every version.",
        }
    }

    pub(crate) fn if_none_match() -> Self {
        Self {
            place: "header",
            name: "If-None-Match".to_owned(),
            r#type: "EntityTags".to_owned(),
            description: "The versions that the client has. The response is a 304 if the current one is among them.",
        }
    }

    pub(crate) fn idempotency_key() -> Self {
        Self {
            place: "header",
            name: "Idempotency-Key".to_owned(),
            r#type: "IdempotencyKey".to_owned(),
            description: "A request with the same key in the next 24 hours changes nothing and gets the same response.",
        }
    }

    /// Returns the parameter object, or `None` if the service does not have the type.
    pub(crate) fn to_value(&self, schemas: &mut Schemas) -> Option<Value> {
        let mut value = json!({
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "schema": schemas.parameter(&self.r#type)?,
        });
        if !self.description.is_empty() {
            value["description"] = self.description.into();
        }
        Some(value)
    }
}
