#![doc = include_str!("../README.md")]

mod field_notes;

pub use field_notes::FieldNotes;
