//! Rules about unique values: e-mail addresses and SKUs.

use std::collections::BTreeMap;

use super::{Violations, observation::Observations};
use crate::{
    final_state::FinalState,
    history::{Event, NEVER, Tick},
    operation::Operation,
    resource::Kind,
};

const UNIQUE: &str = "an e-mail address or SKU belongs to one resource";

pub(super) fn check(
    events: &[Event],
    observations: &Observations<'_>,
    state: &FinalState,
    found: &mut Violations,
) {
    in_final_state(state, found);
    at_each_moment(observations, found);
    refusals(events, found);
}

fn in_final_state(state: &FinalState, found: &mut Violations) {
    let users = state.users.values();
    let emails = users.map(|user| (user.email.to_lowercase(), format!("{user:?}")));
    let products = state.products.values();
    let skus = products.map(|product| (product.sku.clone(), format!("{product:?}")));
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for (value, owner) in emails.chain(skus) {
        if let Some(other) = owners.insert(value, owner.clone()) {
            found.add(UNIQUE, [other, owner]);
        }
    }
}

/// A resource has the value of a version from the first observation of this version to the last.
fn at_each_moment(observations: &Observations<'_>, found: &mut Violations) {
    struct Span<'e> {
        from: Tick,
        until: Tick,
        id: &'e str,
        first: &'e Event,
    }
    let mut spans: BTreeMap<(Kind, String), Vec<Span<'_>>> = BTreeMap::new();
    for ((kind, id), observations) in observations {
        let mut versions: BTreeMap<u64, (String, Span<'_>)> = BTreeMap::new();
        for observation in observations {
            let Some(value) = observation.resource.and_then(|resource| resource.unique()) else {
                continue;
            };
            let event = observation.event;
            let (_, span) = versions.entry(observation.version).or_insert_with(|| {
                let span = Span {
                    from: event.ended,
                    until: event.begun,
                    id,
                    first: event,
                };
                (value, span)
            });
            span.from = span.from.min(event.ended);
            span.until = span.until.max(event.begun);
        }
        for (value, span) in versions.into_values() {
            if span.from < span.until {
                spans.entry((*kind, value)).or_default().push(span);
            }
        }
    }
    for spans in spans.values_mut() {
        spans.sort_by_key(|span| span.from);
        for pair in spans.windows(2) {
            if pair[1].from < pair[0].until && pair[0].id != pair[1].id {
                found.add(UNIQUE, [pair[0].first, pair[1].first]);
            }
        }
    }
}

/// Checks that a value is refused only if another request may have taken it and not yet released it.
fn refusals(events: &[Event], found: &mut Violations) {
    for event in events {
        if !matches!(event.problem(), Some("email-taken" | "sku-taken")) {
            continue;
        }
        let value = event.request.operation.unique();
        let is_justified = events.iter().any(|taker| {
            let takes = taker.begun != event.begun
                && taker.begun < event.ended
                && taker.possible()
                && taker.request.operation.unique() == value;
            takes && released(events, taker) > event.begun
        });
        if !is_justified {
            found.add("a unique value is refused only while it is taken", [event]);
        }
    }
}

/// Returns the moment from which the resource certainly no longer has the value of `taker`.
fn released(events: &[Event], taker: &Event) -> Tick {
    let owner = match &taker.request.operation {
        Operation::SignUp { .. } => Some(taker.request.caller.as_str()),
        Operation::AddProduct { .. } => taker.resource().map(|resource| resource.id()),
        operation => operation.resource().map(|(_, id)| id),
    };
    let Some(owner) = owner else {
        return NEVER;
    };
    let value = taker.request.operation.unique();
    let releases = events.iter().filter(|event| {
        let operation = &event.request.operation;
        let is_owner = operation.resource().is_some_and(|(_, id)| id == owner);
        let other = operation.unique();
        let is_patch = operation.method() == "PATCH";
        let releases = operation.is_delete() || is_patch && other.is_some() && other != value;
        is_owner && releases && event.succeeded() && event.begun > taker.ended
    });
    releases.map(|event| event.ended).min().unwrap_or(NEVER)
}
