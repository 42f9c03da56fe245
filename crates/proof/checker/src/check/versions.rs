//! A version has one content, even of a user who left and came back; versions follow the clock, and
//! each change makes the next one.

use super::{Sighting, Sightings, Violation, lives, span};
use crate::history::{Ask, Event};
use crate::model::{Kind, Thing};
use std::collections::BTreeMap;

pub(super) fn check(sightings: &Sightings<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for seen in sightings.values() {
        found.extend(one_content(seen));
        found.extend(one_maker(seen));
        for life in lives(seen) {
            found.extend(the_clock(&life));
        }
    }
    found
}

/// What is in one version is the same for everybody, and follows from the version before.
fn one_content(seen: &[Sighting<'_>]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut by_version: BTreeMap<u64, &Sighting<'_>> = BTreeMap::new();
    for sighting in seen.iter().filter(|sighting| sighting.thing.is_some()) {
        let first = by_version.entry(sighting.version).or_insert(sighting);
        if first.thing != sighting.thing {
            let events = [first.event, sighting.event];
            found.push(Violation::new("one version has one content", events));
        }
    }
    for sighting in seen.iter().filter(|sighting| sighting.wrote) {
        let before = sighting
            .version
            .checked_sub(1)
            .and_then(|v| by_version.get(&v));
        let before_thing = before.and_then(|before| before.thing);
        if !follows(&sighting.event.request.ask, before_thing, sighting.thing) {
            let events = before
                .iter()
                .map(|before| before.event)
                .chain([sighting.event]);
            found.push(Violation::new(
                "a change does what it says and no more",
                events,
            ));
        }
    }
    found
}

/// Whether `after` is what `ask` makes of `before`, as far as they are known.
fn follows(ask: &Ask, before: Option<&Thing>, after: Option<&Thing>) -> bool {
    match (ask, before, after) {
        (Ask::SignUp { email, name }, _, Some(Thing::User(after))) => {
            after.email.eq_ignore_ascii_case(email) && after.name == *name
        }
        (Ask::PatchUser { email, name, .. }, before, Some(Thing::User(after))) => {
            let same_email = match (email, before) {
                (Some(email), _) => after.email.eq_ignore_ascii_case(email),
                (None, Some(Thing::User(before))) => after.email == before.email,
                (None, _) => true,
            };
            after.name == *name && same_email
        }
        (
            Ask::AddProduct {
                sku,
                name,
                category,
                amount,
                stock,
            },
            _,
            Some(Thing::Product(after)),
        ) => {
            after.sku == *sku
                && after.name == *name
                && after.category == *category
                && after.price.amount == *amount
                && after.stock == *stock
        }
        (
            Ask::PatchProduct {
                sku,
                name,
                category,
                amount,
                ..
            },
            before,
            Some(Thing::Product(after)),
        ) => {
            let before = match before {
                Some(Thing::Product(before)) => before,
                _ => after,
            };
            after.name == *name
                && after.sku == *sku.as_ref().unwrap_or(&before.sku)
                && after.category == *category.as_ref().unwrap_or(&before.category)
                && after.price.amount == amount.unwrap_or(before.price.amount)
                && after.stock == before.stock
        }
        (
            Ask::AdjustStock { delta, .. },
            Some(Thing::Product(before)),
            Some(Thing::Product(after)),
        ) => {
            before.stock.checked_add_signed(*delta) == Some(after.stock)
                && after.price == before.price
                && after.name == before.name
                && after.sku == before.sku
        }
        _ => true,
    }
}

/// Two changes do not make the same version.
fn one_maker(seen: &[Sighting<'_>]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut makers: BTreeMap<u64, &Event> = BTreeMap::new();
    for sighting in seen.iter().filter(|sighting| sighting.wrote) {
        if let Some(other) = makers.insert(sighting.version, sighting.event) {
            let events = [other, sighting.event];
            found.push(Violation::new(
                "each change makes a version of its own",
                events,
            ));
        }
    }
    found
}

/// Who asks later does not see an earlier version, and who changes later makes a later one.
fn the_clock(life: &[&Sighting<'_>]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut by_begin = life.to_vec();
    by_begin.sort_by_key(|sighting| sighting.event.begun);
    let mut by_end = life.to_vec();
    by_end.sort_by_key(|sighting| sighting.event.ended);
    let mut ended = by_end.into_iter().peekable();
    let mut latest: Option<&Sighting<'_>> = None;
    for sighting in by_begin {
        while let Some(other) = ended.next_if(|other| other.event.ended < sighting.event.begun) {
            if latest.is_none_or(|latest| latest.version < other.version) {
                latest = Some(other);
            }
        }
        let Some(latest) = latest else {
            continue;
        };
        let too_old = sighting.version < latest.version
            || sighting.wrote && sighting.version == latest.version;
        if too_old {
            let events = [latest.event, sighting.event];
            found.push(Violation::new("versions follow the clock", events));
        }
    }
    found
}

/// `If-Match` holds where it succeeds, and a 412 is true. A 304 names the version that was sent.
pub(super) fn conditions(events: &[Event], sightings: &Sightings<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for event in events {
        let Some(answer) = &event.answer else {
            continue;
        };
        if answer.status == 304 && answer.version != event.request.if_none_match {
            found.push(Violation::new(
                "a 304 names the version that was sent",
                [event],
            ));
        }
        let (Some(expected), Some((kind, id))) =
            (event.request.if_match, event.request.ask.about())
        else {
            continue;
        };
        if answer.status == 200 && answer.version != Some(expected + 1) {
            found.push(Violation::new(
                "a change with If-Match is of that version",
                [event],
            ));
        }
        // A product is made once; a user who comes back begins with any version.
        if answer.status == 412 && kind == Kind::Product {
            let seen = sightings
                .get(&(kind, id))
                .map(Vec::as_slice)
                .unwrap_or_default();
            if span(seen, event.begun, event.ended) == (expected, expected) {
                found.push(Violation::new("a 412 is about another version", [event]));
            }
        }
    }
    found
}
