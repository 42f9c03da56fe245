//! Fault injection: which calls have a fault, and how often each fault was injected.
//!
//! The fault of the n-th call depends on the seed and n only. Calls are numbered as they arrive, so
//! sequential calls have the same faults in each run.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;

use crate::fault_settings::{Fault, FaultSettings, FaultSettingsError};

/// The number of transaction tokens to keep. When it is reached, all are dropped.
const TOKENS: usize = 100_000;

/// The settings and counts of a database's faults. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: RwLock<FaultSettings>,
    calls: AtomicU64,
    clients: AtomicU64,
    counts: [AtomicU64; Fault::ALL.len()],
    /// The tokens of the transactions that were executed.
    executed: Mutex<HashSet<String>>,
}

/// The faults of one call; none by default.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// One of [`Fault::EXCLUSIVE`].
    pub(crate) fault: Option<Fault>,
    /// The delay of the response.
    pub(crate) delay: Option<Duration>,
    /// A random number that chooses the conflicting item of a transaction.
    pub(crate) chance: usize,
    /// Whether a query of an index is stale, if the call is one.
    pub(crate) stale_index: bool,
    /// Whether the conditions of a write are ignored, if it has any.
    pub(crate) unconditional: bool,
}

impl Faults {
    /// Changes the settings. The counts continue.
    ///
    /// # Errors
    /// Fails if a value is out of range.
    pub fn set(&self, settings: FaultSettings) -> Result<(), FaultSettingsError> {
        settings.check()?;
        let current = &self.0.settings;
        *current.write().unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(())
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> FaultSettings {
        let settings = self.0.settings.read();
        settings.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how often each fault was injected, by its name.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        Fault::ALL
            .into_iter()
            .map(|fault| (fault.name(), self.counter(fault).load(Ordering::Relaxed)))
            .collect()
    }

    /// Returns whether to end the connection to a client instead of responding, and counts it.
    #[must_use]
    pub fn cuts_client(&self) -> bool {
        let settings = self.settings();
        let number = self.0.clients.fetch_add(1, Ordering::Relaxed);
        // Other random numbers than those of the calls.
        let cut = random(!settings.seed, number).f64() < settings.cut_client;
        if cut {
            self.count(Fault::CutClient);
        }
        cut
    }

    /// Returns the faults of the next call. A call that `can_conflict` may have the fault `conflict`.
    /// `token` is the token of a transaction: one that was executed before does not conflict,
    /// because DynamoDB answers it with its first outcome.
    pub(crate) fn fate(&self, can_conflict: bool, token: Option<&str>) -> Fate {
        let settings = self.settings();
        let number = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let mut random = random(settings.seed, number);
        let (mut position, is_slow) = (random.f64(), random.f64() < settings.slow);
        let chosen = Fault::EXCLUSIVE.into_iter().find(|fault| {
            position -= settings.probability(*fault);
            position < 0.0
        });
        let mut fault = chosen.filter(|fault| can_conflict || *fault != Fault::Conflict);
        if settings.conflict > 0.0
            && let Some(token) = token
        {
            let executed = self.0.executed.lock();
            let mut executed = executed.unwrap_or_else(PoisonError::into_inner);
            if executed.len() >= TOKENS {
                executed.clear();
            }
            if matches!(fault, None | Some(Fault::LoseAnswer)) {
                executed.insert(token.to_owned());
            } else if executed.contains(token) {
                fault = fault.filter(|fault| *fault != Fault::Conflict);
            }
        }
        let responds = !matches!(fault, Some(Fault::Drop | Fault::LoseAnswer));
        let (least, most) = settings.delay;
        let delay = Duration::from_millis(random.u64(least..=most));
        let delay = (is_slow && responds).then_some(delay);
        for fault in fault.into_iter().chain(delay.map(|_| Fault::Slow)) {
            self.count(fault);
        }
        Fate {
            fault,
            delay,
            chance: random.usize(..),
            unconditional: random.f64() < settings.unconditional,
            stale_index: random.f64() < settings.stale_index,
        }
    }

    /// Returns the age from which writes are visible to stale queries, if there are any.
    pub(crate) fn index_lag(&self) -> Option<Duration> {
        let settings = self.settings();
        (settings.stale_index > 0.0).then(|| Duration::from_millis(settings.lag))
    }

    /// Counts a fault that was injected.
    pub(crate) fn count(&self, fault: Fault) {
        self.counter(fault).fetch_add(1, Ordering::Relaxed);
    }

    fn counter(&self, fault: Fault) -> &AtomicU64 {
        &self.0.counts[fault as usize]
    }
}

/// Returns the random numbers for the `number`-th call or client.
fn random(seed: u64, number: u64) -> Rng {
    // Multiplied by a large odd factor, successive numbers give seeds that are far apart.
    let mut random = Rng::with_seed(seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    random.u64(..);
    random
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultSettings, Faults};

    fn faults(settings: &str) -> Faults {
        let faults = Faults::default();
        faults.set(settings.parse().unwrap()).unwrap();
        faults
    }

    #[test]
    fn equal_seeds_give_equal_faults() {
        let fates = |seed| {
            let faults = Faults::default();
            let settings = "throttle=0.2,drop=0.2,slow=0.2".parse();
            faults
                .set(FaultSettings {
                    seed,
                    ..settings.unwrap()
                })
                .unwrap();
            (0..200)
                .map(|_| faults.fate(true, None))
                .map(|fate| (fate.fault, fate.delay))
                .collect::<Vec<_>>()
        };

        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn each_fault_has_its_probability_and_is_counted() {
        let faults = faults(
            "throttle=0.1,conflict=0.1,error=0.1,drop=0.1,lose-answer=0.1,slow=0.1,cut-client=0.1",
        );

        for _ in 0..10_000 {
            faults.fate(true, None);
            let _ = faults.cuts_client();
        }

        for (name, count) in faults.counts() {
            let expected = match name {
                // A fifth of the calls has no response that could be slow.
                "slow" => 800,
                // Counted where they are injected.
                "stale-index" | "unconditional" => 0,
                _ => 1000,
            };
            assert!(count.abs_diff(expected) < 150, "{name}: {count}");
        }
    }

    #[test]
    fn only_some_calls_can_conflict() {
        let faults = faults("conflict=1");

        assert_eq!(faults.fate(false, None).fault, None);
        assert_eq!(faults.fate(true, None).fault, Some(Fault::Conflict));
        assert_eq!(faults.counts()["conflict"], 1);
    }

    #[test]
    fn a_repeated_transaction_does_not_conflict() {
        let faults = faults("");

        let settings = |text: &str| faults.set(text.parse().unwrap()).unwrap();
        settings("lose-answer=0.999999,conflict=0.000001");
        let first = faults.fate(true, Some("token"));
        settings("conflict=1");

        assert_eq!(first.fault, Some(Fault::LoseAnswer));
        assert_eq!(faults.fate(true, Some("token")).fault, None);
        let other = faults.fate(true, Some("other"));
        assert_eq!(other.fault, Some(Fault::Conflict));
    }
}
