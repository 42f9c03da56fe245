//! The figures of a run.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::history::Event;

#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Operations by function and outcome: a status, or `unknown`.
    pub operations: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// How many requests were sent, retries included.
    pub requests: u64,
    /// How many of these requests have an unknown outcome.
    pub unsettled: u64,
    /// How many responses were replayed.
    pub replays: u64,
    /// Injected faults and killed processes, by name.
    pub faults: BTreeMap<String, u64>,
    pub violations: u64,
    pub duration: Duration,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
}

impl Figures {
    /// Returns the number of operations.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.operations.values().flat_map(BTreeMap::values).sum()
    }

    /// Adds the outcomes of `events`.
    pub fn count(&mut self, events: &[Event]) {
        for event in events {
            let outcome = event.status().map(|status| status.to_string());
            let outcome = outcome.unwrap_or_else(|| "unknown".to_owned());
            let function = event.request.operation.function();
            let outcomes = self.operations.entry(function).or_default();
            *outcomes.entry(outcome).or_default() += 1;
            let responses = event.response.iter().chain(&event.replays);
            self.replays += responses.filter(|response| response.replayed).count() as u64;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (function, outcomes) in &self.operations {
            let total: u64 = outcomes.values().sum();
            writeln!(f, "{function:>24} {total:>8}   {}", list(outcomes, ": "))?;
        }
        writeln!(f, "operations: {}", self.total())?;
        writeln!(
            f,
            "requests: {}, unsettled {}, replayed {}",
            self.requests, self.unsettled, self.replays
        )?;
        writeln!(f, "faults: {}", list(&self.faults, " "))?;
        let interrupted = if self.interrupted {
            ", interrupted"
        } else {
            ""
        };
        writeln!(f, "time: {:.1} s{interrupted}", self.duration.as_secs_f64())?;
        write!(f, "violations: {}", self.violations)
    }
}

fn list(counts: &BTreeMap<String, u64>, separator: &str) -> String {
    let counts = counts
        .iter()
        .map(|(name, count)| format!("{name}{separator}{count}"));
    counts.collect::<Vec<_>>().join(", ")
}
