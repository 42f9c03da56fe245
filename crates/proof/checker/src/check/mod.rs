//! The rules that every history must obey.

mod existence;
mod observation;
mod order_history;
mod replays;
mod stock_balance;
mod uniqueness;
mod versions;

use std::fmt;

use crate::{
    client::CLERK,
    final_state::FinalState,
    history::Event,
    operation::Operation,
    response::{Body, Response},
};

/// A broken rule and its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: &'static str,
    /// The events and the final state that break the rule.
    pub evidence: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "violated: {}", self.rule)?;
        for evidence in &self.evidence {
            write!(f, "\n    {evidence}")?;
        }
        Ok(())
    }
}

/// Collects violations.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn add<E: ToString>(
        &mut self,
        rule: &'static str,
        evidence: impl IntoIterator<Item = E>,
    ) {
        let evidence = evidence.into_iter().map(|item| item.to_string()).collect();
        self.0.push(Violation { rule, evidence });
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

/// Returns the violations in a round: in its events, and in the state at its end.
#[must_use]
pub fn check(events: &[Event], state: &FinalState) -> Vec<Violation> {
    let observations = observation::collect(events);
    let mut found = Violations::default();
    responses(events, &mut found);
    if !state.unread.is_empty() {
        found.add("all data can be read at the end of a round", &state.unread);
    }
    replays::check(events, &mut found);
    versions::check(events, &observations, &mut found);
    existence::check(events, &observations, state, &mut found);
    uniqueness::check(events, &observations, state, &mut found);
    order_history::check(events, state, &mut found);
    stock_balance::check(events, state, &mut found);
    found.into_vec()
}

/// Checks that the routes allow the responses.
fn responses(events: &[Event], found: &mut Violations) {
    for event in events {
        if !event.failed.is_empty() {
            let failed = format!("500 in the requests {:?}", event.failed);
            found.add("a temporary failure is a 503", [event.to_string(), failed]);
        }
        let Some(response) = &event.response else {
            continue;
        };
        let operation = &event.request.operation;
        let may_see = match operation {
            Operation::GetUser { id } => [id, CLERK].contains(&event.request.caller.as_str()),
            _ => true,
        };
        if !may_see && response.status != 404 {
            found.add("another user's profile is a 404", [event]);
        }
        if !is_allowed(operation, response) {
            found.add("a route returns only documented responses", [event]);
        }
    }
}

fn is_allowed(operation: &Operation, response: &Response) -> bool {
    let statuses: &[u16] = match operation.method() {
        "GET" => &[200, 304, 404],
        "POST" => &[200, 201, 404, 409, 422],
        "DELETE" => &[204, 404, 412],
        _ => &[200, 404, 409, 412],
    };
    let is_readable = match response.status {
        200 | 201 => {
            *operation == Operation::Health
                || matches!(response.body, Body::Resource(_) | Body::Page(..))
        }
        400.. => matches!(response.body, Body::Problem(_)),
        _ => true,
    };
    statuses.contains(&response.status) && is_readable
}
