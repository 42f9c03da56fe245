//! Field notes.

use deserr::Deserr;
use record::{Time, Versioned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Description, FieldNoteId, Name};

/// A field note of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldNote {
    pub id: FieldNoteId,
    pub name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Description")]
    pub description: Option<Description>,
    pub created_at: Time,
}

/// Input for creating a field note.
#[derive(Clone, Debug, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct NewFieldNote {
    pub name: Name,
    #[deserr(default)]
    pub description: Option<Description>,
}

impl NewFieldNote {
    /// Returns the field note, under a new id, created at `now`.
    #[must_use]
    pub fn created(self, now: Time) -> Versioned<FieldNote> {
        let Self { name, description } = self;
        Versioned::first(FieldNote {
            id: FieldNoteId::generate(),
            name,
            description,
            created_at: now,
        })
    }
}
