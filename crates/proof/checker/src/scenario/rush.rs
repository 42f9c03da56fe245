//! Many buyers order a product with little stock at the same time.

use std::sync::Arc;

use super::{Error, Store, run_name};
use crate::{
    Violation,
    check::Violations,
    client::CLERK,
    figures::Figures,
    operation::{Item, Operation, Request},
    resource::{Money, Resource, Status},
    response::Body,
};

/// The outcome of a rush.
#[derive(Debug, Clone, Default)]
pub struct Rush {
    /// Buyers whose order was acknowledged.
    pub sold: u64,
    /// Buyers who received an `out-of-stock` problem.
    pub refused: u64,
    /// Buyers with an unknown outcome: no response, or a refusal after a try without a response.
    pub unsettled: u64,
    /// Units on order at the end.
    pub on_order: u64,
    /// Units in stock at the end.
    pub stock: Option<u64>,
}

/// Lets `buyers` order one unit each of a product with `stock` units.
///
/// # Errors
/// Fails if the product cannot be created.
pub async fn rush(
    store: Store,
    buyers: u64,
    stock: u64,
) -> Result<(Rush, Vec<Violation>, Figures), Error> {
    let run = run_name();
    let client = Arc::clone(&store.client);
    let add = Operation::AddProduct {
        sku: run.to_uppercase(),
        name: "n0".to_owned(),
        category: format!("{run}-left"),
        price: Money::eur(1999),
        stock,
    };
    let added = client.send(Request::new(CLERK, add).with_key(&run)).await;
    let added = added.as_ref().and_then(|response| response.resource());
    let Some(Resource::Product(product)) = added else {
        return Err(Error::Missing("the product could not be created"));
    };

    let buyer = |number| format!("{run}-buyer-{number}");
    let orders = (0..buyers).map(|number| {
        let client = Arc::clone(&client);
        let items = vec![Item {
            product_id: product.id.clone(),
            quantity: 1,
        }];
        let request = Request::new(&buyer(number), Operation::PlaceOrder { items });
        tokio::spawn(async move { client.send(request.with_key("only")).await })
    });
    let mut rush = Rush::default();
    let out_of_stock = Body::Problem("out-of-stock".to_owned());
    for order in orders.collect::<Vec<_>>() {
        match order.await.ok().flatten() {
            Some(response) if response.status == 201 => rush.sold += 1,
            Some(response) if response.body == out_of_stock => rush.refused += 1,
            _ => rush.unsettled += 1,
        }
    }

    for number in 0..buyers {
        let list = Request::new(&buyer(number), Operation::ListOrders { cursor: None });
        let listed = client.send(list).await;
        let Some(Body::Page(orders, None)) = listed.map(|response| response.body) else {
            continue;
        };
        for order in orders {
            if let Resource::Order(order) = order
                && order.status == Status::Placed
            {
                rush.on_order += order.items.iter().map(|line| line.quantity).sum::<u64>();
            }
        }
    }
    let id = product.id.clone();
    let left = client.send(Request::new(CLERK, Operation::GetProduct { id }));
    if let Some(Resource::Product(product)) =
        left.await.as_ref().and_then(|response| response.resource())
    {
        rush.stock = Some(product.stock);
    }

    let (found, figures) = store.finish(check(&rush, buyers, stock)).await;
    Ok((rush, found, figures))
}

fn check(rush: &Rush, buyers: u64, stock: u64) -> Violations {
    let due = stock.min(buyers);
    let rules = [
        ("all units are sold, and no more", rush.on_order == due),
        (
            // A buyer with an unknown outcome may have an order.
            "each order has a buyer who was not refused",
            rush.sold <= due && rush.sold + rush.unsettled >= due,
        ),
        ("a refused buyer has no order", rush.refused <= buyers - due),
        (
            "stock and units on order add up to the initial stock",
            rush.stock.map(|left| left + rush.on_order) == Some(stock),
        ),
    ];
    let mut found = Violations::default();
    for (rule, holds) in rules {
        if !holds {
            found.add(rule, [format!("{rush:?}")]);
        }
    }
    found
}
