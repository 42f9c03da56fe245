#![doc = include_str!("../README.md")]

mod change;
mod identifiers;
mod limited_text;
mod once;
mod time;
mod value;
mod version;

pub use change::{Change, Removable};
#[doc(hidden)]
pub use deserr;
pub use identifiers::{
    InvalidSubject, InvalidUuid, MAX_SUBJECT, SUBJECT_PATTERN, UUID_PATTERN, check_subject,
    parse_uuid,
};
pub use limited_text::{InvalidText, check_text, text_pattern};
pub use once::Once;
pub use time::{InvalidTime, Time};
#[doc(hidden)]
pub use uuid;
pub use value::refuse;
pub use version::{Expected, InvalidVersion, Version, Versioned};
