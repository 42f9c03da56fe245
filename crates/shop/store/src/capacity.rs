//! What the calls to DynamoDB cost, in its own units.

use std::cell::Cell;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Capacity units that calls consumed: of 4 KB a read, of 1 KB a write; twice that in transactions
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consumed {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

tokio::task_local! {
    /// The account of the request being answered. It stands beside the calls, for every operation
    /// of the store would otherwise hand a number through that none of them is about.
    static ACCOUNT: Cell<Consumed>;
}

/// Does `work` and says what its calls consumed. A call that failed says nothing of its cost.
pub async fn metered<F: Future>(work: F) -> (F::Output, Consumed) {
    ACCOUNT
        .scope(Cell::default(), async {
            let output = work.await;
            (output, ACCOUNT.with(Cell::get))
        })
        .await
}

/// Adds what a reading call consumed.
pub(crate) fn read<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let units = total(consumed);
    add(|account| Consumed {
        read: account.read + units,
        ..account
    });
}

/// Adds what a writing call consumed.
pub(crate) fn written<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let units = total(consumed);
    add(|account| Consumed {
        write: account.write + units,
        ..account
    });
}

fn total<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed
        .into_iter()
        .filter_map(ConsumedCapacity::capacity_units)
        .sum()
}

fn add(change: impl FnOnce(Consumed) -> Consumed) {
    // Outside a request nobody keeps an account.
    let _ = ACCOUNT.try_with(|account| account.set(change(account.get())));
}
