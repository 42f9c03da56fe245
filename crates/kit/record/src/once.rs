//! The outcome of a change that is made at most once.

use std::ops::Deref;

use crate::Versioned;

/// The outcome of a change that a client may request again under the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once<T> {
    /// The entity as the change left it.
    pub outcome: Versioned<T>,
    /// Whether an earlier request made the change; this one changed nothing.
    pub replayed: bool,
}

impl<T> Once<T> {
    /// The outcome of a change that this request made.
    #[must_use]
    pub fn first(outcome: Versioned<T>) -> Self {
        Self {
            outcome,
            replayed: false,
        }
    }

    /// The outcome of a change that an earlier request made.
    #[must_use]
    pub fn replayed(outcome: Versioned<T>) -> Self {
        Self {
            outcome,
            replayed: true,
        }
    }
}

impl<T> Deref for Once<T> {
    type Target = Versioned<T>;

    fn deref(&self) -> &Versioned<T> {
        &self.outcome
    }
}
