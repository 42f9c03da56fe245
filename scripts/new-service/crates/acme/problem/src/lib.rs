#![doc = include_str!("../README.md")]

use dynamodb::{CreateError, DatabaseError, ListError};
use function::{Describe, InvalidField, Kind};

/// A request was not answered as its client wished. `docs/problems.md` lists every problem.
///
/// A problem of this service is a variant of its own. The compiler then asks for its status, name
/// and title. Add it to `documentation` as well.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A problem that every route has.
    #[error(transparent)]
    Request(#[from] function::Problem),
}

impl Describe for Problem {
    fn kind(&self) -> Kind {
        match self {
            Self::Request(problem) => problem.kind(),
        }
    }

    fn errors(&self) -> &[InvalidField] {
        match self {
            Self::Request(problem) => problem.errors(),
        }
    }
}

impl Problem {
    /// Every kind of problem of this API, with when clients get it and what they can do.
    pub fn documentation() -> impl Iterator<Item = (Kind, &'static str, &'static str)> {
        function::Problem::documentation()
    }

    /// The resource does not exist, or is not the caller's.
    #[must_use]
    pub fn not_found() -> Self {
        function::Problem::NotFound.into()
    }

    /// Maps the error of creating a field note.
    #[must_use]
    pub fn of_new_field_note(error: CreateError) -> Self {
        match error {
            // The id is new, and no attribute of a field note is unique.
            CreateError::Exists | CreateError::Taken => function::Problem::internal(error).into(),
            CreateError::KeyReused => function::Problem::IdempotencyKeyReused.into(),
            CreateError::OutcomeDeleted => function::Problem::OutcomeDeleted.into(),
            CreateError::Database(error) => error.into(),
        }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        Self::Request(error.into())
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        Self::Request(error.into())
    }
}
