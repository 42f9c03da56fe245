//! Transactions, and what is done when one meets another.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, ReturnConsumedCapacity, TransactWriteItem},
};

use crate::{Database, DatabaseError, capacity};

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
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await;
    match sent {
        Ok(output) => {
            capacity::written(output.consumed_capacity());
            Ok(Transaction::Done)
        }
        Err(error) => Transaction::cancelled(error),
    }
}

/// How a transaction ended.
pub(crate) enum Transaction {
    Done,
    /// Conditions did not hold: a reason for each write, in their order.
    Refused(Vec<CancellationReason>),
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
        if reasons.iter().any(failed) {
            Ok(Self::Refused(reasons.to_vec()))
        } else if reasons
            .iter()
            .any(|reason| reason.code() == Some("TransactionConflict"))
        {
            Ok(Self::Conflict)
        } else {
            Err(error.into())
        }
    }
}

/// Whether it was the condition of this write that did not hold.
pub(crate) fn failed(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Whether the condition of the write at this place did not hold.
pub(crate) fn refused(reasons: &[CancellationReason], at: usize) -> bool {
    reasons.get(at).is_some_and(failed)
}

/// How long a request tries again what others keep from succeeding: three seconds, or until the
/// invocation's time is over if that is sooner.
pub(crate) struct Patience {
    until: Instant,
    tries: u32,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self {
            until: Instant::now() + Duration::from_secs(3),
            tries: 0,
        }
    }

    /// Waits a moment, longer each time and at random, so that those who collided do not meet again.
    pub(crate) async fn wait(&mut self) -> Result<(), DatabaseError> {
        if Instant::now() >= self.until {
            return Err(DatabaseError::Contended);
        }
        let most = 10 << self.tries.min(5);
        self.tries += 1;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
        Ok(())
    }
}

/// The SDK's builders fail only for want of a field, and every caller here gives all of them.
pub(crate) fn built<B>(result: Result<B, BuildError>) -> B {
    result.expect("every required field of the builder is set")
}
