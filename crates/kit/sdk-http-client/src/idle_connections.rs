//! Connections that are kept for the next requests.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{origin::Origin, transport::Connection};

/// How long an idle connection is kept, as in the SDK's own client. A server or a router on the way
/// may forget a connection that it saw no traffic of, and Lambda freezes environments for minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(90);

/// Connections that are kept for the next requests. A connection is kept as soon as the head of its
/// response has arrived, and is taken only when the body has been read. If the body is dropped
/// before, hyper closes the connection.
#[derive(Default)]
pub(crate) struct IdleConnections(Mutex<Vec<Connection>>);

impl IdleConnections {
    pub(crate) fn keep(&self, mut connection: Connection) {
        connection.last_used = Instant::now();
        self.lock().push(connection);
    }

    /// Returns the connection that was used last, if there is one that is ready. Drops those that
    /// cannot be used any more.
    pub(crate) fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut connections = self.lock();
        connections.retain(|connection| {
            !connection.sender.is_closed()
                && !connection.is_forbidden()
                && connection.last_used.elapsed() < LONGEST_IDLE
        });
        let position = connections
            .iter()
            .rposition(|connection| connection.sender.is_ready() && connection.origin == *origin)?;
        Some(connections.remove(position))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Each change of the list is complete before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
