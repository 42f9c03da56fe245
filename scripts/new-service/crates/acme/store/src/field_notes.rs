//! Field notes in DynamoDB.

use domain::{FieldNote, FieldNoteId, NewFieldNote, UserId};
use dynamodb::{
    Claim, CreateError, Database, DatabaseError, Key, List, ListError, Page, PageRequest, Schema,
    Table,
};
use record::{Once, Time, Versioned};

/// The field notes, in the table `field-notes` under their users.
#[derive(Clone, Debug)]
pub struct FieldNotes(Table<Self>);

impl Schema for FieldNotes {
    type Entity = FieldNote;

    const TABLE: &'static str = "field-notes";
}

fn key(user: &UserId, id: FieldNoteId) -> Key {
    Key::new("userId", user).and("id", id)
}

impl FieldNotes {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Table::new(database))
    }

    /// Creates a field note of `user`.
    ///
    /// # Errors
    ///
    /// [`CreateError::KeyReused`].
    pub async fn create(
        &self,
        user: &UserId,
        new: NewFieldNote,
        claim: Option<Claim>,
    ) -> Result<Once<FieldNote>, CreateError> {
        let created = new.created(Time::now());
        let key = key(user, created.id);
        self.0.create(&key, created, claim.as_ref()).await
    }

    /// Returns a field note of `user`, strongly consistent.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find(
        &self,
        user: &UserId,
        id: FieldNoteId,
    ) -> Result<Option<Versioned<FieldNote>>, DatabaseError> {
        self.0.find(&key(user, id)).await
    }

    /// Returns a page of the field notes of `user`, newest first.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn list(
        &self,
        user: &UserId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<FieldNote>>, ListError> {
        let list = List::of(Key::new("userId", user))
            .sorted_by::<FieldNoteId>("id")
            .newest_first();
        self.0.page(&list, page).await
    }
}
