//! Errors of the operations that only the shop has.

use domain::{Stock, Unplaceable};
use dynamodb::{ClaimError, DatabaseError};

/// The stock of a product was not adjusted.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The product does not exist.
    #[error("the product does not exist")]
    NotFound,
    /// The stock would leave its range.
    #[error("there are {left} in stock, and the result must be between 0 and {}", Stock::MAX.units())]
    OutOfRange {
        /// The units in stock.
        left: u32,
    },
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An earlier request with the idempotency key took effect, and its outcome was deleted.
    #[error("the earlier request took effect, and its outcome was deleted")]
    OutcomeDeleted,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<ClaimError> for StockError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::KeyReused => Self::KeyReused,
            ClaimError::OutcomeDeleted => Self::OutcomeDeleted,
            ClaimError::Database(error) => Self::Database(error),
        }
    }
}

/// An order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The products of the lines at these indexes do not exist.
    #[error("some products do not exist")]
    Unknown(Vec<usize>),
    /// There are too few units for these lines.
    #[error("there are too few units")]
    Short(Vec<Short>),
    /// The products cannot be ordered together.
    #[error(transparent)]
    Unplaceable(#[from] Unplaceable),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An earlier request with the idempotency key took effect, and its outcome was deleted.
    #[error("the earlier request took effect, and its outcome was deleted")]
    OutcomeDeleted,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<ClaimError> for PlaceError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::KeyReused => Self::KeyReused,
            ClaimError::OutcomeDeleted => Self::OutcomeDeleted,
            ClaimError::Database(error) => Self::Database(error),
        }
    }
}

/// A line for which there are too few units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The index of the line in the order.
    pub line: usize,
    /// The units in stock.
    pub left: Stock,
}

/// An order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The user has no such order.
    #[error("the order does not exist")]
    NotFound,
    /// The stock of a product would leave its range.
    #[error("the stock of a product cannot take the units back")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
