//! Transactions, and what is done when one meets another.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};

use crate::{Database, DatabaseError};

/// Writes all of `writes` or none.
pub(crate) async fn transact(
    database: &Database,
    writes: Vec<TransactWriteItem>,
) -> Result<Transaction, DatabaseError> {
    // The SDK adds a client request token, so a retry after a lost answer is not a second write.
    let sent = database
        .client()
        .transact_write_items()
        .set_transact_items(Some(writes))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Transaction::Done),
        Err(error) => Transaction::cancelled(error),
    }
}

/// How a transaction ended.
pub(crate) enum Transaction {
    Done,
    /// The conditions at these places did not hold.
    Refused(Vec<usize>),
    /// Another transaction was at the same items.
    Conflict,
}

impl Transaction {
    fn cancelled(error: SdkError<TransactWriteItemsError>) -> Result<Self, DatabaseError> {
        let reasons: &[CancellationReason] = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            _ => &[],
        };
        let places = |code: &str| -> Vec<usize> {
            let with_code = reasons
                .iter()
                .enumerate()
                .filter(|(_, reason)| reason.code() == Some(code));
            with_code.map(|(at, _)| at).collect()
        };
        let refused = places("ConditionalCheckFailed");
        if !refused.is_empty() {
            return Ok(Self::Refused(refused));
        }
        if places("TransactionConflict").is_empty() {
            Err(error.into())
        } else {
            Ok(Self::Conflict)
        }
    }
}

/// How long a request tries again what others keep from succeeding.
pub(crate) struct Patience(u32);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Waits a moment, longer each time and at random, so that those who collided do not meet again.
    pub(crate) async fn wait(&mut self) -> Result<(), DatabaseError> {
        if self.0 == 6 {
            return Err(DatabaseError::Contended);
        }
        let most = 10 << self.0;
        self.0 += 1;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
        Ok(())
    }
}

/// The SDK's builders fail only for want of a field, and every caller here gives all of them.
pub(crate) fn built<B>(result: Result<B, BuildError>) -> B {
    result.expect("every required field of the builder is set")
}
