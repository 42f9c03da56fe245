#![doc = include_str!("../README.md")]

use std::ops::Deref;

use domain::{FieldNote, NewFieldNote};
use record::Versioned;
use store::FieldNotes;
use testkit::Fixture;

/// A test fixture that can be filled with field notes.
pub struct Acme(Fixture);

impl Deref for Acme {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.0
    }
}

impl Acme {
    /// Opens an empty database.
    ///
    /// # Panics
    ///
    /// Panics if the test's package is not a function, or its declaration is not valid.
    pub async fn open() -> Self {
        Self(Fixture::open().await)
    }

    /// Creates a field note of `user` with this name.
    ///
    /// # Panics
    ///
    /// Panics if the user or the name is not valid.
    pub async fn field_note(&self, user: &str, name: &str) -> Versioned<FieldNote> {
        let user = user.parse().expect("a plain name is an id");
        let new = NewFieldNote {
            name: name.parse().expect("a plain name is a name"),
            description: None,
        };
        let created = FieldNotes::new(self.owner()).create(&user, new, None).await;
        created.expect("the database answers").outcome
    }
}
