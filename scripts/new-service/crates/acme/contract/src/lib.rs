#![doc = include_str!("../README.md")]

use domain::{FieldNote, FieldNoteId, NewFieldNote};
use function::{Kind, Types};
use problem::Problem;

/// The name of the API.
pub const TITLE: &str = "Acme";

/// What the API is for.
pub const DESCRIPTION: &str = "Field notes of users.";

/// The resources by the first segment of their paths, each with one sentence.
pub const RESOURCES: &[(&str, &str)] = &[
    ("health", "Whether the API answers."),
    ("field-notes", "Field notes of the caller."),
];

/// What each scope permits.
pub const SCOPES: &[(&str, &str)] = &[];

/// Returns the types that functions name in their declarations.
#[must_use]
pub fn types() -> Types {
    Types::of_every_service()
        .body::<NewFieldNote>()
        .parameter::<FieldNoteId>()
        .reply::<FieldNote>()
}

/// Returns every problem, with when clients get it and what they can do.
#[must_use]
pub fn problems() -> Vec<(Kind, &'static str, &'static str)> {
    Problem::documentation().collect()
}
