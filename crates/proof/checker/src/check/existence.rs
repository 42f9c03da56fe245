//! Rules about existence: created resources exist until they are deleted, and refused requests have no
//! effect.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Violations,
    observation::{Observation, Observations, lifetimes},
};
use crate::{
    client::CLERK,
    final_state::FinalState,
    history::Event,
    operation::Operation,
    resource::{Kind, Resource},
};

pub(super) fn check(
    events: &[Event],
    observations: &Observations<'_>,
    state: &FinalState,
    found: &mut Violations,
) {
    let mut by_resource: BTreeMap<(Kind, &str), Vec<&Event>> = BTreeMap::new();
    for event in events {
        let created = event.resource();
        let created = created.map(|resource| (resource.kind(), resource.id()));
        let signed_up = match event.request.operation {
            Operation::SignUp { .. } => Some((Kind::User, event.request.caller.as_str())),
            _ => None,
        };
        let named = event.request.operation.resource();
        if let Some(resource) = named.or(signed_up).or(created) {
            by_resource.entry(resource).or_default().push(event);
        }
    }
    for ((kind, id), events) in &by_resource {
        missing(*kind, events, found);
        if let Some(observations) = observations.get(&(*kind, *id)) {
            reappeared(events, observations, found);
        }
    }
    names(events, observations, state, found);
}

/// Finds 404 responses about resources that must exist.
fn missing(kind: Kind, events: &[&Event], found: &mut Violations) {
    let creations = events.iter().filter(|event| {
        let is_creation = matches!(
            event.request.operation,
            Operation::SignUp { .. } | Operation::AddProduct { .. } | Operation::PlaceOrder { .. }
        );
        is_creation && event.succeeded()
    });
    let deletions = events
        .iter()
        .filter(|event| event.request.operation.is_delete() && event.possible());
    for event in events.iter().filter(|event| event.status() == Some(404)) {
        let caller = &event.request.caller;
        let may_see = match (kind, &event.request.operation) {
            (Kind::User, Operation::GetUser { id }) => caller == id || caller == CLERK,
            (Kind::Order, _) => creations
                .clone()
                .all(|creation| creation.request.caller == *caller),
            _ => true,
        };
        let creation = creations.clone().rfind(|creation| {
            let is_deleted = deletions.clone().any(|deletion| {
                deletion.ended > creation.begun
                    && deletion.begun < event.ended
                    && deletion.begun != event.begun
            });
            creation.ended < event.begun && !is_deleted
        });
        if let Some(creation) = creation.filter(|_| may_see) {
            let rule = "an acknowledged resource exists until it is deleted";
            found.add(rule, [creation, event]);
        }
    }
}

/// Finds resources in responses to requests that began after the deletion.
fn reappeared(events: &[&Event], observations: &[Observation<'_>], found: &mut Violations) {
    let lifetimes = lifetimes(observations);
    let deletions = events
        .iter()
        .filter(|event| event.request.operation.is_delete() && event.succeeded());
    for deletion in deletions {
        for lifetime in &lifetimes {
            let Some(first) = lifetime.iter().min_by_key(|seen| seen.event.ended) else {
                continue;
            };
            if first.event.ended > deletion.begun {
                continue;
            }
            let after = lifetime
                .iter()
                .find(|seen| seen.event.begun > deletion.ended);
            if let Some(after) = after {
                let events = [first.event, deletion, after.event];
                found.add("a deleted resource does not reappear", events);
            }
        }
    }
}

/// Checks that each name was set by an earlier request that was not refused. No two requests set the
/// same name.
fn names(
    events: &[Event],
    observations: &Observations<'_>,
    state: &FinalState,
    found: &mut Violations,
) {
    let setters: HashMap<&str, &Event> = events
        .iter()
        .filter_map(|event| Some((event.request.operation.name()?, event)))
        .collect();
    let mut reported = HashSet::new();
    for observation in observations.values().flatten() {
        let Some(name) = observation.resource.and_then(Resource::name) else {
            continue;
        };
        let setter = setters.get(name).copied();
        let is_valid = |setter: &Event| setter.possible() && setter.begun < observation.event.ended;
        if !setter.is_some_and(is_valid) && reported.insert(name) {
            let rule = "visible data was requested before and not refused";
            found.add(rule, setter.into_iter().chain([observation.event]));
        }
    }
    for (buyer, order) in &state.orders {
        for line in &order.items {
            let setter = setters.get(line.name.as_str());
            if !setter.is_some_and(|setter| setter.possible()) {
                let order = format!("{buyer}: {order:?}");
                let setter = setter.map(|setter| setter.to_string());
                let rule = "an order line has a name that its product had";
                found.add(rule, setter.into_iter().chain([order]));
            }
        }
    }
}
