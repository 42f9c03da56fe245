//! The capacity units that calls to DynamoDB consumed.

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
    /// The meter of the request being answered. Task-local, because otherwise every operation would
    /// have to return a number that it is not about.
    static METER: Cell<Consumed>;
}

/// Runs `work` and returns what its calls consumed. DynamoDB reports no units for a failed call.
pub async fn metered<F: Future>(work: F) -> (F::Output, Consumed) {
    METER
        .scope(Cell::default(), async {
            let output = work.await;
            (output, METER.with(Cell::get))
        })
        .await
}

/// Adds what a reading call consumed.
pub(crate) fn read<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let units = total(consumed);
    add(|meter| Consumed {
        read: meter.read + units,
        ..meter
    });
}

/// Adds what a writing call consumed.
pub(crate) fn written<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let units = total(consumed);
    add(|meter| Consumed {
        write: meter.write + units,
        ..meter
    });
}

fn total<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed
        .into_iter()
        .filter_map(ConsumedCapacity::capacity_units)
        .sum()
}

fn add(change: impl FnOnce(Consumed) -> Consumed) {
    // Outside `metered`, nothing counts.
    let _ = METER.try_with(|meter| meter.set(change(meter.get())));
}
