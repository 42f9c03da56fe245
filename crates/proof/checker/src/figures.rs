//! What a run comes to, in figures.

use crate::history::Event;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The figures of a run.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Operations by function and outcome: a status, or that there is none.
    pub operations: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// Requests that were sent for them.
    pub requests: u64,
    /// Those of them that had no answer, or one that settles nothing.
    pub unsettled: u64,
    /// POSTs that were answered again.
    pub replays: u64,
    /// What went wrong, by name.
    pub faults: BTreeMap<String, u64>,
    /// What was found.
    pub violations: u64,
    /// How long it took.
    pub took: Duration,
    /// Whether it was stopped before all was done.
    pub interrupted: bool,
}

impl Figures {
    /// How many operations there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.operations.values().flat_map(BTreeMap::values).sum()
    }

    /// Counts events.
    pub fn count(&mut self, events: &[Event]) {
        for event in events {
            let outcome = match &event.answer {
                Some(answer) => answer.status.to_string(),
                None => "unknown".to_owned(),
            };
            let word = event.request.ask.word();
            *self
                .operations
                .entry(word)
                .or_default()
                .entry(outcome)
                .or_default() += 1;
            let replayed = event
                .answer
                .iter()
                .chain(&event.replays)
                .filter(|answer| answer.replayed);
            self.replays += replayed.count() as u64;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (word, outcomes) in &self.operations {
            let total: u64 = outcomes.values().sum();
            let outcomes: Vec<_> = outcomes.iter().map(|(o, n)| format!("{o}: {n}")).collect();
            writeln!(f, "{word:>24} {total:>8}   {}", outcomes.join(", "))?;
        }
        let faults: Vec<_> = self
            .faults
            .iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        writeln!(f, "operations: {}", self.total())?;
        writeln!(
            f,
            "requests: {}, unsettled {}, replayed {}",
            self.requests, self.unsettled, self.replays
        )?;
        writeln!(f, "faults: {}", faults.join(", "))?;
        let interrupted = if self.interrupted {
            ", interrupted"
        } else {
            ""
        };
        writeln!(f, "time: {:.1} s{interrupted}", self.took.as_secs_f64())?;
        write!(f, "violations: {}", self.violations)
    }
}
