//! Transactions of writes that have names.

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, ReturnConsumedCapacity, TransactWriteItem},
};

use crate::{Database, DatabaseError, Item, capacity};

/// One write of a transaction.
pub type Write = TransactWriteItem;

/// Writes that are made all or not at all. `N` names a write; a refusal comes back under the name.
pub struct Transaction<N> {
    names: Vec<N>,
    writes: Vec<Write>,
}

/// How a transaction ended.
pub enum Outcome<N> {
    /// All writes were made.
    Done,
    /// Conditions did not hold; nothing was written.
    Refused(Refusals<N>),
    /// Another transaction was writing the same items; nothing was written.
    Conflict,
}

/// The writes whose conditions did not hold, each with the item it found, if the write asks for it.
pub struct Refusals<N>(Vec<(N, Option<Item>)>);

impl<N> Default for Transaction<N> {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            writes: Vec::new(),
        }
    }
}

impl<N> Transaction<N> {
    /// Adds a write.
    #[must_use]
    pub fn with(mut self, name: N, write: Write) -> Self {
        self.names.push(name);
        self.writes.push(write);
        self
    }

    /// Makes all writes or none.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when DynamoDB did not decide: the writes may have been made.
    pub async fn send(self, database: &Database) -> Result<Outcome<N>, DatabaseError> {
        // The SDK adds a client request token, so a retry after a lost answer writes nothing twice.
        let sent = database
            .client()
            .transact_write_items()
            .set_transact_items(Some(self.writes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match sent {
            Ok(output) => {
                capacity::written(output.consumed_capacity());
                return Ok(Outcome::Done);
            }
            Err(error) => error,
        };
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            _ => &[],
        };
        let has_code =
            |code: &'static str| move |reason: &CancellationReason| reason.code() == Some(code);
        let refused = has_code("ConditionalCheckFailed");
        if reasons.iter().any(refused) {
            let refusals = self.names.into_iter().zip(reasons);
            let refusals = refusals.filter(|(_, reason)| refused(reason));
            return Ok(Outcome::Refused(Refusals(
                refusals
                    .map(|(name, reason)| (name, reason.item.clone()))
                    .collect(),
            )));
        }
        if reasons.iter().any(has_code("TransactionConflict")) {
            return Ok(Outcome::Conflict);
        }
        Err(error.into())
    }
}

impl<N: PartialEq> Refusals<N> {
    /// Whether the write of this name was refused.
    pub fn include(&self, name: N) -> bool {
        self.0.iter().any(|(refused, _)| *refused == name)
    }
}

impl<N> IntoIterator for Refusals<N> {
    type Item = (N, Option<Item>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Unwraps a builder's result. The SDK's builders fail only for a missing field, and every caller
/// sets all required ones.
pub(crate) fn built<B>(result: Result<B, BuildError>) -> B {
    result.expect("every required field of the builder is set")
}
