//! Trying again what a concurrent request kept from succeeding.

use std::time::{Duration, Instant};

use crate::DatabaseError;

/// Retries for at most three seconds. The deadline of the invocation ends them sooner.
pub struct Retry {
    until: Instant,
    attempts: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            until: Instant::now() + Duration::from_secs(3),
            attempts: 0,
        }
    }
}

impl Retry {
    /// Waits a random time, longer after each attempt, so that requests which collided once do not
    /// collide again.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Contended`] when the time is up.
    pub async fn wait(&mut self) -> Result<(), DatabaseError> {
        if Instant::now() >= self.until {
            return Err(DatabaseError::Contended);
        }
        let longest = 10 << self.attempts.min(5);
        self.attempts += 1;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=longest))).await;
        Ok(())
    }
}
