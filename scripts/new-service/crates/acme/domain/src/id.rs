//! Identifiers.

record::subject_id!(
    /// A user: the subject of their token.
    UserId
);
record::uuid_id!(
    /// Which field note.
    FieldNoteId
);
