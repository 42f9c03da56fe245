//! Faults on purpose: what may go wrong between a function and DynamoDB, how often, and how often it
//! did.
//!
//! The fate of the n-th call follows from the seed and n alone. Which call is the n-th is the callers'
//! affair: one caller alone meets the same faults each time.

use std::{
    collections::{BTreeMap, HashSet},
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `ProvisionedThroughputExceededException`.
    Throttle,
    /// `TransactionConflictException`, or a transaction cancelled for `TransactionConflict`. Falls
    /// upon writes and transactions alone.
    Conflict,
    /// `InternalServerError`.
    Error,
    /// The connection ends before the engine has seen the call.
    Drop,
    /// The connection ends after the engine has done the call.
    LoseAnswer,
    /// The answer comes late.
    Slow,
    /// The client's connection ends after the function has answered. The program that embeds the
    /// database injects this one.
    CutClient,
    /// A write is done whatever its conditions say. No database does this: it shows whether those
    /// who watch a store would notice.
    Unconditional,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 8] = [
        Self::Throttle,
        Self::Conflict,
        Self::Error,
        Self::Drop,
        Self::LoseAnswer,
        Self::Slow,
        Self::CutClient,
        Self::Unconditional,
    ];

    /// Its name in settings and counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Conflict => "conflict",
            Self::Error => "error",
            Self::Drop => "drop",
            Self::LoseAnswer => "lose-answer",
            Self::Slow => "slow",
            Self::CutClient => "cut-client",
            Self::Unconditional => "unconditional",
        }
    }
}

/// How often each fault is to happen, as probabilities; 0 is never.
///
/// As text: `throttle=0.01,conflict=0.02,slow=0.01,delay=20..200`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FaultSettings {
    /// Of [`Fault::Throttle`].
    pub throttle: f64,
    /// Of [`Fault::Conflict`].
    pub conflict: f64,
    /// Of [`Fault::Error`].
    pub error: f64,
    /// Of [`Fault::Drop`].
    pub drop: f64,
    /// Of [`Fault::LoseAnswer`].
    pub lose_answer: f64,
    /// Of [`Fault::Slow`].
    pub slow: f64,
    /// Of [`Fault::CutClient`].
    pub cut_client: f64,
    /// Of [`Fault::Unconditional`].
    pub unconditional: f64,
    /// How late a late answer comes, in milliseconds: at least, at most.
    pub delay: (u64, u64),
    /// What the choice of calls begins from.
    pub seed: u64,
}

/// No faults.
impl Default for FaultSettings {
    fn default() -> Self {
        Self {
            throttle: 0.0,
            conflict: 0.0,
            error: 0.0,
            drop: 0.0,
            lose_answer: 0.0,
            slow: 0.0,
            cut_client: 0.0,
            unconditional: 0.0,
            delay: (20, 200),
            seed: 0,
        }
    }
}

/// Settings that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultSettingsError {
    /// It is not `NAME=VALUE,NAME=VALUE`.
    #[error("{0:?} is not NAME=VALUE")]
    NoPair(String),
    /// The fault does not exist.
    #[error(
        "unknown fault {0:?}; the faults are throttle, conflict, error, drop, lose-answer, slow, \
         cut-client, unconditional, and delay=LEAST..MOST in milliseconds"
    )]
    Unknown(String),
    /// It is not a probability.
    #[error("{0} needs a probability from 0 to 1")]
    NoProbability(&'static str),
    /// Of throttle, conflict, error, drop and lose-answer a call meets one at most.
    #[error(
        "the probabilities of throttle, conflict, error, drop and lose-answer exceed 1 together"
    )]
    TooLikely,
    /// It is not a range.
    #[error("delay needs LEAST..MOST in milliseconds, at most a minute")]
    NoDelay,
}

impl FaultSettings {
    /// The longest delay there can be, in milliseconds.
    const LONGEST: u64 = 60_000;

    /// The probability of a fault.
    #[must_use]
    pub fn probability(&self, fault: Fault) -> f64 {
        match fault {
            Fault::Throttle => self.throttle,
            Fault::Conflict => self.conflict,
            Fault::Error => self.error,
            Fault::Drop => self.drop,
            Fault::LoseAnswer => self.lose_answer,
            Fault::Slow => self.slow,
            Fault::CutClient => self.cut_client,
            Fault::Unconditional => self.unconditional,
        }
    }

    fn probability_mut(&mut self, fault: Fault) -> &mut f64 {
        match fault {
            Fault::Throttle => &mut self.throttle,
            Fault::Conflict => &mut self.conflict,
            Fault::Error => &mut self.error,
            Fault::Drop => &mut self.drop,
            Fault::LoseAnswer => &mut self.lose_answer,
            Fault::Slow => &mut self.slow,
            Fault::CutClient => &mut self.cut_client,
            Fault::Unconditional => &mut self.unconditional,
        }
    }

    fn check(&self) -> Result<(), FaultSettingsError> {
        for fault in Fault::ALL {
            if !(0.0..=1.0).contains(&self.probability(fault)) {
                return Err(FaultSettingsError::NoProbability(fault.name()));
            }
        }
        let together: f64 = ONE_OF.iter().map(|fault| self.probability(*fault)).sum();
        // Ten times 0.1 is a little more than 1.
        if together > 1.0 + 1e-9 {
            return Err(FaultSettingsError::TooLikely);
        }
        let (least, most) = self.delay;
        if least > most || most > Self::LONGEST {
            return Err(FaultSettingsError::NoDelay);
        }
        Ok(())
    }
}

impl FromStr for FaultSettings {
    type Err = FaultSettingsError;

    fn from_str(text: &str) -> Result<Self, FaultSettingsError> {
        let mut settings = Self::default();
        for pair in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| FaultSettingsError::NoPair(pair.to_owned()))?;
            if name == "delay" {
                let range = value
                    .split_once("..")
                    .and_then(|(least, most)| Some((least.parse().ok()?, most.parse().ok()?)));
                settings.delay = range.ok_or(FaultSettingsError::NoDelay)?;
                continue;
            }
            let fault = Fault::ALL
                .into_iter()
                .find(|fault| fault.name() == name)
                .ok_or_else(|| FaultSettingsError::Unknown(name.to_owned()))?;
            *settings.probability_mut(fault) = value
                .parse()
                .map_err(|_| FaultSettingsError::NoProbability(fault.name()))?;
        }
        settings.check()?;
        Ok(settings)
    }
}

/// The faults of a call that exclude each other, in the order in which they share the die.
const ONE_OF: [Fault; 5] = [
    Fault::Throttle,
    Fault::Conflict,
    Fault::Error,
    Fault::Drop,
    Fault::LoseAnswer,
];

/// The faults of a database: what is set, and what has happened. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: RwLock<FaultSettings>,
    calls: AtomicU64,
    clients: AtomicU64,
    counts: [AtomicU64; Fault::ALL.len()],
    /// Tokens of transactions that the engine has seen.
    passed: Mutex<HashSet<String>>,
}

/// How many tokens are remembered before all are forgotten.
const TOKENS: usize = 100_000;

/// What is to become of a call; nothing, by default.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// One of [`ONE_OF`].
    pub(crate) fault: Option<Fault>,
    /// How late the answer comes.
    pub(crate) delay: Option<Duration>,
    /// Of a cancelled transaction: chooses the item that is blamed.
    pub(crate) chance: usize,
    /// Whether the conditions of a write are passed over, if it has any.
    pub(crate) unconditional: bool,
}

impl Faults {
    /// Sets how often what happens from now on. Counts go on.
    ///
    /// # Errors
    /// When a value is not a probability, or the delay is not a range.
    pub fn set(&self, settings: FaultSettings) -> Result<(), FaultSettingsError> {
        settings.check()?;
        *self
            .0
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(())
    }

    /// What is set.
    #[must_use]
    pub fn settings(&self) -> FaultSettings {
        let settings = self.0.settings.read();
        settings.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each fault has happened.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        Fault::ALL
            .into_iter()
            .map(|fault| (fault.name(), self.count(fault).load(Ordering::Relaxed)))
            .collect()
    }

    /// Whether the connection to a client is to be cut now, instead of answering.
    #[must_use]
    pub fn cuts_client(&self) -> bool {
        let settings = self.settings();
        let number = self.0.clients.fetch_add(1, Ordering::Relaxed);
        // Other numbers than those of the calls.
        let cut = random(!settings.seed, number).f64() < settings.cut_client;
        if cut {
            self.happened(Fault::CutClient);
        }
        cut
    }

    /// The fate of the next call. `conflicts` says whether it can meet a transaction, and `token` by
    /// what it is known if it is one itself. One that is sent again meets none: DynamoDB answers it
    /// by what it did the first time.
    pub(crate) fn fate(&self, conflicts: bool, token: impl FnOnce() -> Option<String>) -> Fate {
        let settings = self.settings();
        let number = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let mut random = random(settings.seed, number);
        let (mut die, late) = (random.f64(), random.f64() < settings.slow);
        let chosen = ONE_OF.into_iter().find(|fault| {
            die -= settings.probability(*fault);
            die < 0.0
        });
        let mut fault = chosen.filter(|fault| conflicts || *fault != Fault::Conflict);
        if conflicts
            && settings.conflict > 0.0
            && let Some(token) = token()
        {
            let mut passed = self.0.passed.lock().unwrap_or_else(PoisonError::into_inner);
            if passed.len() >= TOKENS {
                passed.clear();
            }
            if matches!(fault, None | Some(Fault::LoseAnswer)) {
                passed.insert(token);
            } else if passed.contains(&token) {
                fault = fault.filter(|fault| *fault != Fault::Conflict);
            }
        }
        let answers = !matches!(fault, Some(Fault::Drop | Fault::LoseAnswer));
        let (least, most) = settings.delay;
        let delay = Duration::from_millis(random.u64(least..=most));
        let delay = (late && answers).then_some(delay);
        for fault in fault.into_iter().chain(delay.map(|_| Fault::Slow)) {
            self.happened(fault);
        }
        Fate {
            fault,
            delay,
            chance: random.usize(..),
            unconditional: random.f64() < settings.unconditional,
        }
    }

    /// Counts a fault that the embedding program injects.
    pub(crate) fn happened(&self, fault: Fault) {
        self.count(fault).fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self, fault: Fault) -> &AtomicU64 {
        &self.0.counts[fault as usize]
    }
}

/// Random numbers for the `number`-th of something.
fn random(seed: u64, number: u64) -> Rng {
    // An odd factor far from small numbers keeps neighbours apart.
    let mut random = Rng::with_seed(seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    random.u64(..);
    random
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultSettings, FaultSettingsError, Faults};

    fn faults(settings: &str) -> Faults {
        let faults = Faults::default();
        faults.set(settings.parse().unwrap()).unwrap();
        faults
    }

    #[test]
    fn settings_are_read_as_they_are_written() {
        let settings: FaultSettings = "throttle=0.01, lose-answer=1e-3,delay=5..50"
            .parse()
            .unwrap();

        assert_eq!(settings.throttle, 0.01);
        assert_eq!(settings.lose_answer, 0.001);
        assert_eq!(settings.delay, (5, 50));
        assert_eq!(settings.slow, 0.0);
        assert_eq!("".parse(), Ok(FaultSettings::default()));
    }

    #[test]
    fn settings_that_cannot_be_are_refused_by_name() {
        let refused = |text: &str| text.parse::<FaultSettings>().unwrap_err();

        assert_eq!(
            refused("throttle"),
            FaultSettingsError::NoPair("throttle".to_owned())
        );
        assert_eq!(
            refused("fire=1"),
            FaultSettingsError::Unknown("fire".to_owned())
        );
        for value in ["often", "-0.1", "1.1", "NaN"] {
            let text = format!("slow={value}");
            assert_eq!(
                refused(&text),
                FaultSettingsError::NoProbability("slow"),
                "{value}"
            );
        }
        assert_eq!(refused("drop=0.6,error=0.6"), FaultSettingsError::TooLikely);
        assert_eq!(refused("delay=50..5"), FaultSettingsError::NoDelay);
        assert_eq!(refused("delay=0..60001"), FaultSettingsError::NoDelay);
    }

    #[test]
    fn the_same_seed_brings_the_same_faults_and_another_brings_others() {
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
                .map(|_| faults.fate(true, || None))
                .map(|fate| (fate.fault, fate.delay))
                .collect::<Vec<_>>()
        };

        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn each_fault_is_as_frequent_as_it_is_set_and_counted() {
        let faults = faults(
            "throttle=0.1,conflict=0.1,error=0.1,drop=0.1,lose-answer=0.1,slow=0.1,cut-client=0.1",
        );

        for _ in 0..10_000 {
            faults.fate(true, || None);
            let _ = faults.cuts_client();
        }

        for (name, count) in faults.counts() {
            let expected = match name {
                // An answer that never comes is not late either.
                "slow" => 800,
                "unconditional" => 0,
                _ => 1000,
            };
            assert!(count.abs_diff(expected) < 150, "{name}: {count}");
        }
    }

    #[test]
    fn what_meets_no_transaction_does_not_conflict() {
        let faults = faults("conflict=1");

        assert_eq!(faults.fate(false, || None).fault, None);
        assert_eq!(faults.fate(true, || None).fault, Some(Fault::Conflict));
        assert_eq!(faults.counts()["conflict"], 1);
    }

    #[test]
    fn a_transaction_that_is_sent_again_does_not_conflict() {
        let faults = faults("");
        let token = || Some("token".to_owned());

        let settings = |text: &str| faults.set(text.parse().unwrap()).unwrap();
        settings("lose-answer=0.999999,conflict=0.000001");
        assert_eq!(faults.fate(true, token).fault, Some(Fault::LoseAnswer));
        settings("conflict=1");

        assert_eq!(faults.fate(true, token).fault, None);
        let other = || Some("other".to_owned());
        assert_eq!(faults.fate(true, other).fault, Some(Fault::Conflict));
    }
}
