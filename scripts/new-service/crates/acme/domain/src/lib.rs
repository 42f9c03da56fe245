#![doc = include_str!("../README.md")]

mod field_note;
mod id;
mod text;

pub use field_note::{FieldNote, NewFieldNote};
pub use id::{FieldNoteId, UserId};
pub use text::{Description, Name};
