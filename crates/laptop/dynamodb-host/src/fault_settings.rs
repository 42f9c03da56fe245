//! The faults that can be injected, and how often each is to happen.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fault that can be injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The call fails with `ProvisionedThroughputExceededException`.
    Throttle,
    /// A write fails with `TransactionConflictException`, or a transaction is cancelled for
    /// `TransactionConflict`. Other calls do not have this fault.
    Conflict,
    /// The call fails with `InternalServerError`.
    Error,
    /// The connection ends before the call is executed.
    Drop,
    /// The connection ends after the call was executed, without a response.
    LoseAnswer,
    /// The response is delayed.
    Slow,
    /// The client's connection ends after the function has responded. The program that embeds the
    /// database injects this fault.
    CutClient,
    /// A query of an index does not see the latest writes.
    StaleIndex,
    /// A write is executed although its condition is false. DynamoDB never does this: it shows
    /// whether a test would detect lost updates.
    Unconditional,
}

impl Fault {
    pub const ALL: [Self; 9] = [
        Self::Throttle,
        Self::Conflict,
        Self::Error,
        Self::Drop,
        Self::LoseAnswer,
        Self::Slow,
        Self::CutClient,
        Self::StaleIndex,
        Self::Unconditional,
    ];

    /// Faults of which a call has at most one, in the order in which they divide the interval from
    /// 0 to 1.
    pub(crate) const EXCLUSIVE: [Self; 5] = [
        Self::Throttle,
        Self::Conflict,
        Self::Error,
        Self::Drop,
        Self::LoseAnswer,
    ];

    /// Returns the fault's name in settings and counts.
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
            Self::StaleIndex => "stale-index",
            Self::Unconditional => "unconditional",
        }
    }
}

/// The probability of each fault, 0 by default, and the parameters of some.
///
/// As text: `throttle=0.01,conflict=0.02,slow=0.01,delay=20..200`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FaultSettings {
    pub throttle: f64,
    pub conflict: f64,
    pub error: f64,
    pub drop: f64,
    pub lose_answer: f64,
    pub slow: f64,
    pub cut_client: f64,
    pub stale_index: f64,
    pub unconditional: f64,
    /// The least and the greatest delay of a slow response, in milliseconds.
    pub delay: (u64, u64),
    /// How old a write must be to be visible to a stale query, in milliseconds.
    pub lag: u64,
    /// The seed of the random choice of calls.
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
            stale_index: 0.0,
            unconditional: 0.0,
            delay: (20, 200),
            lag: 500,
            seed: 0,
        }
    }
}

/// The reason why fault settings are invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultSettingsError {
    #[error("{0:?} is not NAME=VALUE")]
    NoPair(String),
    #[error(
        "unknown fault {0:?}; the faults are throttle, conflict, error, drop, lose-answer, slow, \
         cut-client, stale-index, unconditional; further settings are delay=LEAST..MOST and \
         lag=TIME in milliseconds"
    )]
    Unknown(String),
    #[error("{0} needs a probability from 0 to 1")]
    NoProbability(&'static str),
    #[error(
        "the probabilities of throttle, conflict, error, drop and lose-answer exceed 1 together"
    )]
    TooLikely,
    #[error("delay needs LEAST..MOST in milliseconds, at most a minute")]
    NoDelay,
    #[error("lag needs a time in milliseconds, at most a minute")]
    NoLag,
}

impl FaultSettings {
    /// The longest delay and lag, in milliseconds.
    const LONGEST: u64 = 60_000;

    /// Returns the probability of a fault.
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
            Fault::StaleIndex => self.stale_index,
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
            Fault::StaleIndex => &mut self.stale_index,
            Fault::Unconditional => &mut self.unconditional,
        }
    }

    /// Fails if a value is out of range.
    pub(crate) fn check(&self) -> Result<(), FaultSettingsError> {
        for fault in Fault::ALL {
            if !(0.0..=1.0).contains(&self.probability(fault)) {
                return Err(FaultSettingsError::NoProbability(fault.name()));
            }
        }
        let exclusive = Fault::EXCLUSIVE.iter();
        let together: f64 = exclusive.map(|fault| self.probability(*fault)).sum();
        // Ten times 0.1 is a little more than 1.
        if together > 1.0 + 1e-9 {
            return Err(FaultSettingsError::TooLikely);
        }
        let (least, most) = self.delay;
        if least > most || most > Self::LONGEST {
            return Err(FaultSettingsError::NoDelay);
        }
        if self.lag > Self::LONGEST {
            return Err(FaultSettingsError::NoLag);
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
            match name {
                "delay" => {
                    let range = value.split_once("..");
                    let range = range
                        .and_then(|(least, most)| Some((least.parse().ok()?, most.parse().ok()?)));
                    settings.delay = range.ok_or(FaultSettingsError::NoDelay)?;
                }
                "lag" => {
                    settings.lag = value.parse().map_err(|_| FaultSettingsError::NoLag)?;
                }
                name => {
                    let fault = Fault::ALL
                        .into_iter()
                        .find(|fault| fault.name() == name)
                        .ok_or_else(|| FaultSettingsError::Unknown(name.to_owned()))?;
                    *settings.probability_mut(fault) = value
                        .parse()
                        .map_err(|_| FaultSettingsError::NoProbability(fault.name()))?;
                }
            }
        }
        settings.check()?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultSettings, FaultSettingsError};

    #[test]
    fn settings_are_parsed() {
        let settings: FaultSettings = "throttle=0.01, lose-answer=1e-3,delay=5..50,lag=100"
            .parse()
            .unwrap();

        assert_eq!(settings.throttle, 0.01);
        assert_eq!(settings.lose_answer, 0.001);
        assert_eq!(settings.delay, (5, 50));
        assert_eq!(settings.lag, 100);
        assert_eq!(settings.slow, 0.0);
        assert_eq!("".parse(), Ok(FaultSettings::default()));
    }

    #[test]
    fn invalid_settings_are_refused_by_name() {
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
        assert_eq!(refused("lag=60001"), FaultSettingsError::NoLag);
        assert_eq!(refused("lag=long"), FaultSettingsError::NoLag);
    }
}
