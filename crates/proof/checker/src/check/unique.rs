//! An e-mail address and a SKU is one's own, and is refused only while somebody may have it.

use super::{Sightings, Violation};
use crate::final_state::Rest;
use crate::history::{Ask, Event, NEVER, Tick};
use crate::model::Kind;
use std::collections::BTreeMap;

pub(super) fn check(events: &[Event], sightings: &Sightings<'_>, rest: &Rest) -> Vec<Violation> {
    let mut found = at_rest(rest);
    found.extend(at_each_moment(sightings));
    found.extend(refusals(events));
    found
}

fn at_rest(rest: &Rest) -> Vec<Violation> {
    let emails = rest
        .users
        .values()
        .map(|user| (user.email.to_lowercase(), format!("{user:?}")));
    let skus = rest
        .products
        .values()
        .map(|product| (product.sku.clone(), format!("{product:?}")));
    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (value, holder) in emails.chain(skus) {
        if let Some(other) = holders.insert(value, holder.clone()) {
            found.push(Violation::new(
                "what is unique is one's own",
                [other, holder],
            ));
        }
    }
    found
}

/// Who has a value in a version, has it from the first sight of the version to the last.
fn at_each_moment(sightings: &Sightings<'_>) -> Vec<Violation> {
    struct Held<'e> {
        from: Tick,
        until: Tick,
        id: &'e str,
        first: &'e Event,
    }
    let mut held: BTreeMap<(Kind, String), Vec<Held<'_>>> = BTreeMap::new();
    for ((kind, id), seen) in sightings {
        let mut versions: BTreeMap<u64, (String, Held<'_>)> = BTreeMap::new();
        for sighting in seen {
            let Some(thing) = sighting.thing else {
                continue;
            };
            let Some(value) = thing.unique() else {
                continue;
            };
            let event = sighting.event;
            let entry = versions.entry(sighting.version);
            let (_, span) = entry.or_insert_with(|| {
                (
                    value,
                    Held {
                        from: event.ended,
                        until: event.begun,
                        id,
                        first: event,
                    },
                )
            });
            span.from = span.from.min(event.ended);
            span.until = span.until.max(event.begun);
        }
        for (value, span) in versions
            .into_values()
            .filter(|(_, span)| span.from < span.until)
        {
            held.entry((*kind, value)).or_default().push(span);
        }
    }
    let mut found = Vec::new();
    for spans in held.values_mut() {
        spans.sort_by_key(|span| span.from);
        for pair in spans.windows(2) {
            if pair[1].from < pair[0].until && pair[0].id != pair[1].id {
                let events = [pair[0].first, pair[1].first];
                found.push(Violation::new("what is unique is one's own", events));
            }
        }
    }
    found
}

/// A value is refused only where another request may have taken it and none has surely given it back.
fn refusals(events: &[Event]) -> Vec<Violation> {
    let mut found = Vec::new();
    for event in events {
        if !matches!(event.problem(), Some("email-taken" | "sku-taken")) {
            continue;
        }
        let wanted = event.request.ask.unique();
        let justified = events.iter().any(|taker| {
            let takes = taker.begun != event.begun
                && taker.begun < event.ended
                && taker.possible()
                && taker.request.ask.unique() == wanted;
            takes && released(events, taker) > event.begun
        });
        if !justified {
            found.push(Violation::new(
                "a value is refused only while somebody has it",
                [event],
            ));
        }
    }
    found
}

/// When the thing that took a value surely had it no more.
fn released(events: &[Event], taker: &Event) -> Tick {
    let holder = match &taker.request.ask {
        Ask::SignUp { .. } => Some(taker.request.who.as_str()),
        Ask::AddProduct { .. } => taker
            .answer
            .as_ref()
            .and_then(|a| a.thing())
            .map(|t| t.id()),
        ask => ask.about().map(|(_, id)| id),
    };
    let Some(holder) = holder else {
        return NEVER;
    };
    let value = taker.request.ask.unique();
    events
        .iter()
        .filter(|event| {
            let other = event.request.ask.unique();
            let is_holder = event
                .request
                .ask
                .about()
                .is_some_and(|(_, id)| id == holder);
            let gives_back = match event.request.ask {
                Ask::DeleteUser { .. } | Ask::DeleteProduct { .. } => true,
                Ask::PatchUser { .. } | Ask::PatchProduct { .. } => {
                    other.is_some() && other != value
                }
                _ => false,
            };
            is_holder && gives_back && event.succeeded() && event.begun > taker.ended
        })
        .map(|event| event.ended)
        .min()
        .unwrap_or(NEVER)
}
