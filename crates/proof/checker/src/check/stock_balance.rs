//! Rules about stock: no unit is sold twice or returned twice.

use std::collections::{BTreeMap, BTreeSet};

use super::Violations;
use crate::{final_state::FinalState, history::Event, operation::Operation, resource::Status};

pub(super) fn check(events: &[Event], state: &FinalState, found: &mut Violations) {
    balance(events, state, found);
    category_lists(state, found);
}

fn balance(events: &[Event], state: &FinalState, found: &mut Violations) {
    let mut initial: BTreeMap<&str, u64> = BTreeMap::new();
    let mut adjustments: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        match &event.request.operation {
            Operation::AddProduct { stock, .. } if event.succeeded() => {
                initial.extend(event.resource().map(|product| (product.id(), *stock)));
            }
            Operation::AdjustStock { id, .. } if event.possible() => {
                adjustments.entry(id).or_default().push(event);
            }
            _ => {}
        }
    }
    let mut on_order: BTreeMap<&str, u64> = BTreeMap::new();
    let orders = state.orders.iter().map(|(_, order)| order);
    for order in orders.filter(|order| order.status == Status::Placed) {
        for line in &order.items {
            *on_order.entry(&line.product_id).or_default() += line.quantity;
        }
    }
    for (id, product) in &state.products {
        let id = id.as_str();
        // Without a response to its creation, the initial stock of a product is unknown.
        let Some(initial) = initial.get(id) else {
            continue;
        };
        let adjustments = adjustments.get(id).map(Vec::as_slice).unwrap_or_default();
        let on_order = on_order.get(id).copied().unwrap_or(0);
        let possible = possible_stock(*initial, adjustments, on_order);
        if !possible.contains(&i128::from(product.stock)) {
            let summary = format!(
                "{id}: initial stock {initial}, on order {on_order}, expected stock {possible:?}, \
                 final stock {}",
                product.stock
            );
            let adjustments = adjustments.iter().map(|event| event.to_string());
            let rule = "stock and units on order add up to the units received";
            found.add(rule, std::iter::once(summary).chain(adjustments));
        }
    }
}

/// Returns the possible stocks: each adjustment without a response may have taken effect or not.
fn possible_stock(initial: u64, adjustments: &[&Event], on_order: u64) -> BTreeSet<i128> {
    let mut possible = BTreeSet::from([i128::from(initial) - i128::from(on_order)]);
    for event in adjustments {
        let Operation::AdjustStock { delta, .. } = event.request.operation else {
            continue;
        };
        let delta = i128::from(delta);
        let adjusted: BTreeSet<i128> = possible.iter().map(|stock| stock + delta).collect();
        possible = match event.response {
            Some(_) => adjusted,
            None => possible.union(&adjusted).copied().collect(),
        };
    }
    possible
}

/// Checks that each product is in the list of its category, once and unchanged.
fn category_lists(state: &FinalState, found: &mut Violations) {
    let mut seen = BTreeSet::new();
    for (category, product) in &state.listed {
        let read = state.products.get(&product.id);
        let is_same = read == Some(product) && product.category == *category;
        if !is_same || !seen.insert(&product.id) {
            let listed = format!("in the list of {category}: {product:?}");
            let read = format!("by id: {read:?}");
            found.add(
                "a category lists its products once and unchanged",
                [listed, read],
            );
        }
    }
    let products = state.products.values();
    for product in products.filter(|product| !seen.contains(&product.id)) {
        let product = format!("{product:?}");
        found.add("a category lists all its products", [product]);
    }
}
