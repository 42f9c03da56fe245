//! What came in is in stock or on order: nothing is sold twice, and nothing comes back twice.

use super::Violation;
use crate::final_state::Rest;
use crate::history::{Ask, Event};
use crate::model::{Product, Status};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let mut found = conserved(events, rest);
    found.extend(listed(rest));
    found
}

fn conserved(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let mut began: BTreeMap<&str, u64> = BTreeMap::new();
    let mut adjustments: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        match &event.request.ask {
            Ask::AddProduct { stock, .. } if event.succeeded() => {
                if let Some(thing) = event.answer.as_ref().and_then(|answer| answer.thing()) {
                    began.insert(thing.id(), *stock);
                }
            }
            Ask::AdjustStock { id, .. } => adjustments.entry(id).or_default().push(event),
            _ => {}
        }
    }
    let mut on_order: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, order) in rest
        .orders
        .iter()
        .filter(|(_, order)| order.status == Status::Placed)
    {
        for line in &order.items {
            *on_order.entry(&line.product_id).or_default() += line.quantity;
        }
    }
    let mut found = Vec::new();
    for (id, product) in &rest.products {
        // A product that nobody was told of began with what nobody knows.
        let Some(began) = began.get(id.as_str()) else {
            continue;
        };
        let adjustments = adjustments
            .get(id.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let on_order = on_order.get(id.as_str()).copied().unwrap_or(0);
        let possible = possible(*began, adjustments, on_order);
        let stock = i128::from(product.stock);
        if !possible.contains(&stock) {
            found.push(unbalanced(
                product,
                *began,
                adjustments,
                on_order,
                &possible,
            ));
        }
    }
    found
}

/// The stocks that there can be: each adjustment without an answer was made or not.
fn possible(began: u64, adjustments: &[&Event], on_order: u64) -> BTreeSet<i128> {
    let mut possible = BTreeSet::from([i128::from(began) - i128::from(on_order)]);
    for event in adjustments.iter().filter(|event| event.possible()) {
        let Ask::AdjustStock { delta, .. } = event.request.ask else {
            continue;
        };
        let with: BTreeSet<i128> = possible
            .iter()
            .map(|stock| stock + i128::from(delta))
            .collect();
        possible = match event.answer {
            Some(_) => with,
            None => possible.union(&with).copied().collect(),
        };
    }
    possible
}

fn unbalanced(
    product: &Product,
    began: u64,
    adjustments: &[&Event],
    on_order: u64,
    possible: &BTreeSet<i128>,
) -> Violation {
    let summary = format!(
        "{} began with {began}, {on_order} are on order, so there are {possible:?}; in the end there \
         are {}",
        product.id, product.stock
    );
    let adjustments = adjustments.iter().filter(|event| event.possible());
    let evidence = std::iter::once(summary).chain(adjustments.map(|event| event.to_string()));
    Violation::new("stock and units on order are what came in", evidence)
}

/// The lists of the categories hold every product once, as it is, where it belongs.
fn listed(rest: &Rest) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (category, product) in &rest.listed {
        let same = rest.products.get(&product.id) == Some(product) && product.category == *category;
        if !same || !seen.insert(&product.id) {
            let evidence = [
                format!("listed under {category}: {product:?}"),
                format!("by itself: {:?}", rest.products.get(&product.id)),
            ];
            found.push(Violation::new(
                "a category lists its products as they are",
                evidence,
            ));
        }
    }
    for product in rest
        .products
        .values()
        .filter(|product| !seen.contains(&product.id))
    {
        let claim = "a category lists all its products";
        found.push(Violation::new(claim, [format!("{product:?}")]));
    }
    found
}
