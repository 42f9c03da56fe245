//! What was made is there until it is deleted, what was deleted is gone, and what was refused has not
//! happened.

use super::{Sighting, Sightings, Violation, lives};
use crate::final_state::Rest;
use crate::history::{Ask, Event};
use crate::model::{Kind, Thing};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) fn check(events: &[Event], sightings: &Sightings<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut about: BTreeMap<(Kind, &str), Vec<&Event>> = BTreeMap::new();
    for event in events {
        let made = event.answer.as_ref().and_then(|answer| answer.thing());
        let made = made.map(|thing| (thing.kind(), thing.id()));
        let signed_up = match event.request.ask {
            Ask::SignUp { .. } => Some((Kind::User, event.request.who.as_str())),
            _ => None,
        };
        if let Some(thing) = event.request.ask.about().or(signed_up).or(made) {
            about.entry(thing).or_default().push(event);
        }
    }
    for (thing, events) in &about {
        found.extend(missing(thing.0, events));
        found.extend(undead(
            events,
            sightings.get(thing).map(Vec::as_slice).unwrap_or_default(),
        ));
    }
    found
}

/// A 404 about something that must be there.
fn missing(kind: Kind, events: &[&Event]) -> Vec<Violation> {
    let is_delete = |event: &&&Event| deletes(&event.request.ask) && event.possible();
    let makes = |event: &&&Event| {
        let ask = &event.request.ask;
        let new = matches!(
            ask,
            Ask::SignUp { .. } | Ask::AddProduct { .. } | Ask::PlaceOrder { .. }
        );
        new && event.succeeded()
    };
    let mut found = Vec::new();
    for event in events {
        let not_found = event
            .answer
            .as_ref()
            .is_some_and(|answer| answer.status == 404);
        let allowed = match (kind, &event.request.ask) {
            (Kind::User, Ask::GetUser { id }) => {
                event.request.who == *id || event.request.who == crate::client::CLERK
            }
            (Kind::Order, _) => events
                .iter()
                .filter(makes)
                .all(|maker| maker.request.who == event.request.who),
            _ => true,
        };
        if !not_found || !allowed {
            continue;
        }
        let maker = events.iter().filter(makes).rfind(|maker| {
            let deleted = events.iter().filter(is_delete).any(|delete| {
                delete.ended > maker.begun
                    && delete.begun < event.ended
                    && delete.begun != event.begun
            });
            maker.ended < event.begun && !deleted
        });
        if let Some(maker) = maker {
            let claim = "what was acknowledged is there until it is deleted";
            found.push(Violation::new(claim, [maker, event]));
        }
    }
    found
}

/// A thing that is seen after its end.
fn undead(events: &[&Event], sightings: &[Sighting<'_>]) -> Vec<Violation> {
    let lives = lives(sightings);
    let mut found = Vec::new();
    let deletes = events
        .iter()
        .filter(|event| deletes(&event.request.ask) && event.succeeded());
    for delete in deletes {
        for life in &lives {
            let Some(first) = life.iter().min_by_key(|seen| seen.event.ended) else {
                continue;
            };
            if first.event.ended > delete.begun {
                continue;
            }
            if let Some(after) = life.iter().find(|seen| seen.event.begun > delete.ended) {
                let events = [first.event, delete, after.event];
                found.push(Violation::new("what was deleted is gone", events));
            }
        }
    }
    found
}

fn deletes(ask: &Ask) -> bool {
    matches!(ask, Ask::DeleteUser { .. } | Ask::DeleteProduct { .. })
}

/// Every name comes from one request: one that was refused has left none, and one that is to come
/// neither.
pub(super) fn refused(events: &[Event], sightings: &Sightings<'_>, rest: &Rest) -> Vec<Violation> {
    let givers: HashMap<&str, &Event> = events
        .iter()
        .filter_map(|event| Some((event.request.ask.name()?, event)))
        .collect();
    let mut found = Vec::new();
    let mut told = HashSet::new();
    for sighting in sightings.values().flatten() {
        let Some(name) = sighting.thing.and_then(Thing::name) else {
            continue;
        };
        let giver = givers.get(name);
        if giver.is_some_and(|giver| giver.possible() && giver.begun < sighting.event.ended) {
            continue;
        }
        // It is seen again and again.
        if told.insert(name) {
            let claim = "what is seen was asked for before, and not refused";
            let events = giver.copied().into_iter().chain([sighting.event]);
            found.push(Violation::new(claim, events));
        }
    }
    for (buyer, order) in &rest.orders {
        for line in &order.items {
            let giver = givers.get(line.name.as_str());
            if giver.is_some_and(|giver| giver.possible()) {
                continue;
            }
            let claim = "an order names its products as they were called";
            let evidence = giver.map(|giver| giver.to_string()).into_iter();
            let order = format!("{buyer}: {order:?}");
            found.push(Violation::new(claim, evidence.chain([order])));
        }
    }
    found
}
