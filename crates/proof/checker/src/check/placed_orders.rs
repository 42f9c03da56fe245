//! Orders add up, each request made as many as it says, and each is as it was acknowledged.

use super::Violation;
use crate::final_state::Rest;
use crate::history::{Ask, Body, Event};
use crate::model::{Order, Status, Thing};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) fn check(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let mut found = Vec::new();
    for (buyer, order) in &rest.orders {
        if !adds_up(order) {
            let shown = format!("{buyer}: {order:?}");
            found.push(Violation::new("an order adds up", [shown]));
        }
    }
    found.extend(acknowledged(events, rest));
    found.extend(unasked(events, rest));
    found.extend(prices(events));
    found.extend(cancellations(events, rest));
    found.extend(lists(events));
    found
}

fn adds_up(order: &Order) -> bool {
    let lines = order.items.iter().all(|line| {
        line.unit_price.amount.checked_mul(line.quantity) == Some(line.total.amount)
            && line.total.currency == order.total.currency
            && line.unit_price.currency == order.total.currency
    });
    lines
        && order
            .items
            .iter()
            .map(|line| line.total.amount)
            .sum::<u64>()
            == order.total.amount
}

fn placed(event: &Event) -> Option<&Order> {
    match (&event.request.ask, event.answer.as_ref()?.thing()?) {
        (Ask::PlaceOrder { .. }, Thing::Order(order)) => Some(order),
        _ => None,
    }
}

/// Whether an order is of these lines, in their order.
fn is_of(order: &Order, lines: &[(String, u64)]) -> bool {
    let ordered = order
        .items
        .iter()
        .map(|line| (&line.product_id, line.quantity));
    ordered.eq(lines.iter().map(|(id, quantity)| (id, *quantity)))
}

/// Each acknowledged order is what was asked for, and is there in the end.
fn acknowledged(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let kept: HashMap<&str, (&str, &Order)> = rest
        .orders
        .iter()
        .map(|(buyer, order)| (order.id.as_str(), (buyer.as_str(), order)))
        .collect();
    let mut makers: HashMap<&str, &Event> = HashMap::new();
    let mut found = Vec::new();
    for event in events {
        let (Some(order), Ask::PlaceOrder { lines }) = (placed(event), &event.request.ask) else {
            continue;
        };
        if !is_of(order, lines) || !adds_up(order) || order.status != Status::Placed {
            found.push(Violation::new("an order is what was asked for", [event]));
        }
        if let Some(other) = makers.insert(&order.id, event) {
            found.push(Violation::new(
                "each POST makes an order of its own",
                [other, event],
            ));
        }
        let claim = "an acknowledged order is there in the end, as it was";
        match kept.get(order.id.as_str()) {
            Some((buyer, kept)) => {
                let same = *buyer == event.request.who
                    && kept.items == order.items
                    && kept.total == order.total
                    && kept.created_at == order.created_at;
                if !same {
                    let evidence = [event.to_string(), format!("in the end: {kept:?}")];
                    found.push(Violation::new(claim, evidence));
                }
            }
            None => found.push(Violation::new(claim, [event])),
        }
    }
    found
}

/// Orders that nobody was told of come from requests whose outcome is not known, one from each.
fn unasked(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let told: HashSet<&str> = events
        .iter()
        .filter_map(placed)
        .map(|order| order.id.as_str())
        .collect();
    let mut unknown: Vec<&Event> = events
        .iter()
        .filter(|event| {
            event.answer.is_none() && matches!(event.request.ask, Ask::PlaceOrder { .. })
        })
        .collect();
    let mut found = Vec::new();
    for (buyer, order) in rest
        .orders
        .iter()
        .filter(|(_, order)| !told.contains(order.id.as_str()))
    {
        let maker = unknown.iter().position(|event| match &event.request.ask {
            Ask::PlaceOrder { lines } => event.request.who == *buyer && is_of(order, lines),
            _ => false,
        });
        match maker {
            Some(at) => _ = unknown.swap_remove(at),
            None => {
                let like = events.iter().filter(|event| match &event.request.ask {
                    Ask::PlaceOrder { lines } => event.request.who == *buyer && is_of(order, lines),
                    _ => false,
                });
                let shown = format!("nobody was told of {buyer}: {order:?}");
                let evidence = std::iter::once(shown).chain(like.map(|event| event.to_string()));
                let claim = "a POST makes one order at most";
                found.push(Violation::new(claim, evidence));
            }
        }
    }
    found
}

/// The prices are those that the products had while the order was placed.
fn prices(events: &[Event]) -> Vec<Violation> {
    let mut set: HashMap<u64, &Event> = HashMap::new();
    let mut changes: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        match &event.request.ask {
            Ask::AddProduct { amount, .. } => _ = set.insert(*amount, event),
            Ask::PatchProduct {
                id,
                amount: Some(amount),
                ..
            } => {
                set.insert(*amount, event);
                changes.entry(id).or_default().push(event);
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for event in events {
        for line in placed(event).iter().flat_map(|order| &order.items) {
            let claim = "an order has the prices of its moment";
            let Some(setter) = set.get(&line.unit_price.amount) else {
                found.push(Violation::new(claim, [event]));
                continue;
            };
            let of_product = match &setter.request.ask {
                Ask::PatchProduct { id, .. } => *id == line.product_id,
                _ => setter
                    .answer
                    .as_ref()
                    .and_then(|answer| answer.thing())
                    .is_none_or(|thing| thing.id() == line.product_id),
            };
            let later = changes
                .get(line.product_id.as_str())
                .into_iter()
                .flatten()
                .find(|later| {
                    later.succeeded() && later.begun > setter.ended && later.ended < event.begun
                });
            if !of_product || !setter.possible() || setter.begun > event.ended || later.is_some() {
                let events = [*setter].into_iter().chain(later.copied()).chain([event]);
                found.push(Violation::new(claim, events));
            }
        }
    }
    found
}

/// What was cancelled stays cancelled, and nothing else is.
fn cancellations(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let mut asked: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Ask::Cancel { id } = &event.request.ask {
            asked.entry(id).or_default().push(event);
        }
    }
    let mut found = Vec::new();
    for (_, order) in &rest.orders {
        let asked = asked
            .get(order.id.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let done = asked.iter().find(|event| event.succeeded());
        let possible = asked.iter().any(|event| event.possible());
        let is_cancelled = order.status == Status::Cancelled;
        if is_cancelled && !possible {
            found.push(Violation::new(
                "an order is cancelled by its buyer",
                [format!("{order:?}")],
            ));
        }
        if let Some(done) = done
            && !is_cancelled
        {
            let evidence = [done.to_string(), format!("in the end: {order:?}")];
            found.push(Violation::new(
                "what was cancelled stays cancelled",
                evidence,
            ));
        }
        for event in asked {
            if let Some(Thing::Order(told)) =
                event.answer.as_ref().and_then(|answer| answer.thing())
                && told != order
            {
                let evidence = [event.to_string(), format!("in the end: {order:?}")];
                found.push(Violation::new("an order is cancelled once", evidence));
            }
        }
    }
    found
}

/// A list has the newest first, and all that were acknowledged before it was asked for.
fn lists(events: &[Event]) -> Vec<Violation> {
    let mut found = Vec::new();
    for event in events {
        let Ask::ListOrders { cursor: None } = event.request.ask else {
            continue;
        };
        let Some(Body::Page(things, next)) = event.answer.as_ref().map(|a| &a.body) else {
            continue;
        };
        let ids: Vec<&str> = things.iter().map(Thing::id).collect();
        if !ids.is_sorted_by(|newer, older| newer > older) {
            found.push(Violation::new(
                "a list of orders has the newest first",
                [event],
            ));
        }
        if next.is_some() {
            continue;
        }
        let listed: HashSet<&str> = ids.into_iter().collect();
        let missing = events.iter().find(|maker| {
            let mine = maker.request.who == event.request.who && maker.ended < event.begun;
            mine && placed(maker).is_some_and(|order| !listed.contains(order.id.as_str()))
        });
        if let Some(missing) = missing {
            let claim = "a list of orders has all that were acknowledged";
            found.push(Violation::new(claim, [missing, event]));
        }
    }
    found
}
