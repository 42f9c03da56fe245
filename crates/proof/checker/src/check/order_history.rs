//! Rules about orders: each request creates one order, totals are correct, and acknowledged orders are
//! kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Violations;
use crate::{
    final_state::FinalState,
    history::Event,
    operation::{Item, Operation},
    resource::{Order, Resource, Status},
    response::Body,
};

pub(super) fn check(events: &[Event], state: &FinalState, found: &mut Violations) {
    for (buyer, order) in &state.orders {
        if !has_correct_total(order) {
            found.add(
                "the total of an order is correct",
                [format!("{buyer}: {order:?}")],
            );
        }
    }
    acknowledged(events, state, found);
    unacknowledged(events, state, found);
    prices(events, found);
    cancellations(events, state, found);
    lists(events, found);
}

fn has_correct_total(order: &Order) -> bool {
    let currency = &order.total.currency;
    let are_lines_correct = order.items.iter().all(|line| {
        line.unit_price.amount.checked_mul(line.quantity) == Some(line.total.amount)
            && line.total.currency == *currency
            && line.unit_price.currency == *currency
    });
    let sum: u64 = order.items.iter().map(|line| line.total.amount).sum();
    are_lines_correct && sum == order.total.amount
}

/// Returns the items that `event` orders.
fn requested(event: &Event) -> Option<&[Item]> {
    match &event.request.operation {
        Operation::PlaceOrder { items } => Some(items),
        _ => None,
    }
}

/// Returns the order that `event` created.
fn placed(event: &Event) -> Option<&Order> {
    requested(event)?;
    match event.resource()? {
        Resource::Order(order) => Some(order),
        _ => None,
    }
}

fn has_items(order: &Order, items: &[Item]) -> bool {
    let lines = order.items.iter();
    let lines = lines.map(|line| (&line.product_id, line.quantity));
    lines.eq(items.iter().map(|item| (&item.product_id, item.quantity)))
}

/// Checks that each acknowledged order matches its request and is in the final state.
fn acknowledged(events: &[Event], state: &FinalState, found: &mut Violations) {
    let kept: HashMap<&str, (&str, &Order)> = state
        .orders
        .iter()
        .map(|(buyer, order)| (order.id.as_str(), (buyer.as_str(), order)))
        .collect();
    let mut creations: HashMap<&str, &Event> = HashMap::new();
    for event in events {
        let (Some(order), Some(items)) = (placed(event), requested(event)) else {
            continue;
        };
        if !has_items(order, items) || !has_correct_total(order) || order.status != Status::Placed {
            found.add("a new order matches its request", [event]);
        }
        if let Some(other) = creations.insert(&order.id, event) {
            found.add("each POST creates its own order", [other, event]);
        }
        let kept = kept.get(order.id.as_str());
        let is_same = kept.is_some_and(|(buyer, kept)| {
            *buyer == event.request.caller
                && kept.items == order.items
                && kept.total == order.total
                && kept.created_at == order.created_at
        });
        if !is_same {
            let kept = format!("final state: {kept:?}");
            found.add(
                "an acknowledged order is kept unchanged",
                [event.to_string(), kept],
            );
        }
    }
}

/// Checks that each order without an acknowledgement belongs to a request with an unknown outcome, one
/// order to each request.
fn unacknowledged(events: &[Event], state: &FinalState, found: &mut Violations) {
    let acknowledged: HashSet<&str> = events
        .iter()
        .filter_map(|event| Some(placed(event)?.id.as_str()))
        .collect();
    let mut unknown: Vec<&Event> = events
        .iter()
        .filter(|event| event.response.is_none() && requested(event).is_some())
        .collect();
    for (buyer, order) in &state.orders {
        if acknowledged.contains(order.id.as_str()) {
            continue;
        }
        let can_create = |event: &Event| {
            event.request.caller == *buyer
                && requested(event).is_some_and(|items| has_items(order, items))
        };
        if let Some(at) = unknown.iter().position(|event| can_create(event)) {
            unknown.swap_remove(at);
            continue;
        }
        let order = format!("not acknowledged: {buyer}: {order:?}");
        let similar = events.iter().filter(|event| can_create(event));
        let evidence = std::iter::once(order).chain(similar.map(|event| event.to_string()));
        found.add("a POST creates at most one order", evidence);
    }
}

/// Checks that the prices are those that the products had when the order was placed.
fn prices(events: &[Event], found: &mut Violations) {
    let mut setters: HashMap<u64, &Event> = HashMap::new();
    let mut changes: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        match &event.request.operation {
            Operation::AddProduct { price, .. } => _ = setters.insert(price.amount, event),
            Operation::PatchProduct {
                id,
                price: Some(price),
                ..
            } => {
                setters.insert(price.amount, event);
                changes.entry(id).or_default().push(event);
            }
            _ => {}
        }
    }
    for event in events {
        for line in placed(event).iter().flat_map(|order| &order.items) {
            let rule = "an order has the prices at the time of its creation";
            let Some(setter) = setters.get(&line.unit_price.amount) else {
                found.add(rule, [event]);
                continue;
            };
            let is_of_product = match &setter.request.operation {
                Operation::PatchProduct { id, .. } => *id == line.product_id,
                _ => setter
                    .resource()
                    .is_none_or(|product| product.id() == line.product_id),
            };
            let changes = changes.get(line.product_id.as_str()).into_iter().flatten();
            let later = changes.copied().find(|later| {
                later.succeeded() && later.begun > setter.ended && later.ended < event.begun
            });
            let is_in_time = setter.possible() && setter.begun <= event.ended && later.is_none();
            if !is_of_product || !is_in_time {
                found.add(rule, [*setter].into_iter().chain(later).chain([event]));
            }
        }
    }
}

/// Checks that a cancelled order stays cancelled, and that only its buyer cancels it.
fn cancellations(events: &[Event], state: &FinalState, found: &mut Violations) {
    let mut requests: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Operation::CancelOrder { id } = &event.request.operation {
            requests.entry(id).or_default().push(event);
        }
    }
    for (_, order) in &state.orders {
        let requests = requests.get(order.id.as_str());
        let requests = requests.map(Vec::as_slice).unwrap_or_default();
        let is_cancelled = order.status == Status::Cancelled;
        let shown = format!("final state: {order:?}");
        if is_cancelled && !requests.iter().any(|event| event.possible()) {
            found.add("only the buyer cancels an order", [&shown]);
        }
        let success = requests.iter().find(|event| event.succeeded());
        if let Some(success) = success.filter(|_| !is_cancelled) {
            let evidence = [success.to_string(), shown.clone()];
            found.add("a cancelled order stays cancelled", evidence);
        }
        for event in requests {
            if let Some(Resource::Order(returned)) = event.resource()
                && returned != order
            {
                let evidence = [event.to_string(), shown.clone()];
                found.add("an order is cancelled only once", evidence);
            }
        }
    }
}

/// Checks that lists are sorted and contain all orders that were acknowledged before.
fn lists(events: &[Event], found: &mut Violations) {
    for event in events {
        let Operation::ListOrders { cursor: None } = event.request.operation else {
            continue;
        };
        let Some(Body::Page(orders, next)) = event.response.as_ref().map(|r| &r.body) else {
            continue;
        };
        let ids: Vec<&str> = orders.iter().map(Resource::id).collect();
        if !ids.is_sorted_by(|newer, older| newer > older) {
            found.add("orders are listed newest first", [event]);
        }
        if next.is_some() {
            continue;
        }
        let listed: HashSet<&str> = ids.into_iter().collect();
        let missing = events.iter().find(|creation| {
            let is_due =
                creation.request.caller == event.request.caller && creation.ended < event.begun;
            is_due && placed(creation).is_some_and(|order| !listed.contains(order.id.as_str()))
        });
        if let Some(missing) = missing {
            found.add("a list contains all acknowledged orders", [missing, event]);
        }
    }
}
