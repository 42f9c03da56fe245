//! Rules about versions: a version has one content, versions never go backwards, and each change creates
//! the next version.

use std::collections::BTreeMap;

use super::{
    Violations,
    observation::{Observation, Observations, lifetimes, version_range},
};
use crate::{
    history::Event,
    operation::Operation,
    resource::{Kind, Resource},
};

pub(super) fn check(events: &[Event], observations: &Observations<'_>, found: &mut Violations) {
    for observations in observations.values() {
        contents(observations, found);
        writers(observations, found);
        for lifetime in lifetimes(observations) {
            order(&lifetime, found);
        }
    }
    preconditions(events, observations, found);
}

/// Checks that all responses show the same content of a version, and that this content follows from
/// the previous version.
fn contents(observations: &[Observation<'_>], found: &mut Violations) {
    let mut by_version: BTreeMap<u64, &Observation<'_>> = BTreeMap::new();
    for observation in observations.iter().filter(|seen| seen.resource.is_some()) {
        let first = by_version.entry(observation.version).or_insert(observation);
        if first.resource != observation.resource {
            found.add(
                "a version has one content",
                [first.event, observation.event],
            );
        }
    }
    for observation in observations.iter().filter(|seen| seen.wrote) {
        let previous = observation.version.checked_sub(1);
        let before = previous.and_then(|version| by_version.get(&version));
        let resource = before.and_then(|before| before.resource);
        let operation = &observation.event.request.operation;
        if !follows(operation, resource, observation.resource) {
            let before = before.map(|before| before.event);
            let events = before.into_iter().chain([observation.event]);
            found.add("a change does exactly what was requested", events);
        }
    }
}

/// Returns whether `operation` turns `before` into `after`, as far as they are known.
fn follows(operation: &Operation, before: Option<&Resource>, after: Option<&Resource>) -> bool {
    use Resource::{Product, User};

    match (operation, before, after) {
        (Operation::SignUp { email, name }, _, Some(User(after))) => {
            after.email.eq_ignore_ascii_case(email) && after.name == *name
        }
        (Operation::PatchUser { email, name, .. }, before, Some(User(after))) => {
            let is_expected_email = match (email, before) {
                (Some(email), _) => after.email.eq_ignore_ascii_case(email),
                (None, Some(User(before))) => after.email == before.email,
                (None, _) => true,
            };
            after.name == *name && is_expected_email
        }
        (
            Operation::AddProduct {
                sku,
                name,
                category,
                price,
                stock,
            },
            _,
            Some(Product(after)),
        ) => {
            after.sku == *sku
                && after.name == *name
                && after.category == *category
                && after.price == *price
                && after.stock == *stock
        }
        (
            Operation::PatchProduct {
                sku,
                name,
                category,
                price,
                ..
            },
            before,
            Some(Product(after)),
        ) => {
            let before = match before {
                Some(Product(before)) => before,
                _ => after,
            };
            after.name == *name
                && after.sku == *sku.as_ref().unwrap_or(&before.sku)
                && after.category == *category.as_ref().unwrap_or(&before.category)
                && after.price == *price.as_ref().unwrap_or(&before.price)
                && after.stock == before.stock
        }
        (Operation::AdjustStock { delta, .. }, Some(Product(before)), Some(Product(after))) => {
            before.stock.checked_add_signed(*delta) == Some(after.stock)
                && after.price == before.price
                && after.name == before.name
                && after.sku == before.sku
        }
        _ => true,
    }
}

fn writers(observations: &[Observation<'_>], found: &mut Violations) {
    let mut writers: BTreeMap<u64, &Event> = BTreeMap::new();
    for observation in observations.iter().filter(|seen| seen.wrote) {
        if let Some(other) = writers.insert(observation.version, observation.event) {
            let events = [other, observation.event];
            found.add("each change creates its own version", events);
        }
    }
}

/// Checks that a later request does not see an earlier version, and that a later change creates a later
/// version.
fn order(lifetime: &[&Observation<'_>], found: &mut Violations) {
    let mut by_begin = lifetime.to_vec();
    by_begin.sort_by_key(|seen| seen.event.begun);
    let mut by_end = lifetime.to_vec();
    by_end.sort_by_key(|seen| seen.event.ended);
    let mut ended = by_end.into_iter().peekable();
    let mut latest: Option<&Observation<'_>> = None;
    for seen in by_begin {
        while let Some(other) = ended.next_if(|other| other.event.ended < seen.event.begun) {
            if latest.is_none_or(|latest| latest.version < other.version) {
                latest = Some(other);
            }
        }
        let is_outdated = |latest: &&Observation<'_>| {
            seen.version < latest.version || seen.wrote && seen.version == latest.version
        };
        if let Some(latest) = latest.filter(is_outdated) {
            found.add("versions never go backwards", [latest.event, seen.event]);
        }
    }
}

/// Checks `If-Match`, 412 and 304.
fn preconditions(events: &[Event], observations: &Observations<'_>, found: &mut Violations) {
    for event in events {
        let Some(response) = &event.response else {
            continue;
        };
        let request = &event.request;
        if response.status == 304 && response.version != request.if_none_match {
            found.add("a 304 has the version of If-None-Match", [event]);
        }
        let (Some(expected), Some(resource)) = (request.if_match, request.operation.resource())
        else {
            continue;
        };
        if response.status == 200 && response.version != Some(expected + 1) {
            found.add("a change with If-Match follows that version", [event]);
        }
        // A product is created once; a user can sign up again, with a random version.
        if response.status == 412 && resource.0 == Kind::Product {
            let seen = observations.get(&resource).map(Vec::as_slice);
            let range = version_range(seen.unwrap_or_default(), event.begun, event.ended);
            if range == (expected, expected) {
                found.add("a 412 is returned only for another version", [event]);
            }
        }
    }
}
