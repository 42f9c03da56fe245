//! Many buyers at once for a product of which there are few.

use super::{Error, Store, run_name};
use crate::check::Violation;
use crate::client::CLERK;
use crate::figures::Figures;
use crate::history::{Ask, Body, Request};
use crate::model::{Status, Thing};
use std::sync::Arc;

/// What became of a rush.
#[derive(Debug, Clone)]
pub struct Rush {
    /// Buyers with an order.
    pub sold: u64,
    /// Buyers who were told that there is no more.
    pub refused: u64,
    /// Buyers whose last answer settles nothing: none at all, or a refusal after a try that was cut off.
    pub unsettled: u64,
    /// Units on order.
    pub on_order: u64,
    /// Units in stock.
    pub stock: Option<u64>,
}

/// Has `buyers` buy one unit each of a product of which there are `stock`.
///
/// # Errors
/// When the product cannot be added.
pub async fn rush(
    store: Store,
    buyers: u64,
    stock: u64,
) -> Result<(Rush, Vec<Violation>, Figures), Error> {
    let run = run_name();
    let client = Arc::clone(&store.client);
    let add = Request {
        key: Some(run.clone()),
        ..Request::new(
            CLERK,
            Ask::AddProduct {
                sku: run.to_uppercase(),
                name: "n0".to_owned(),
                category: format!("{run}-left"),
                amount: 1999,
                stock,
            },
        )
    };
    let added = client.ask(add).await;
    let product = match added.as_ref().and_then(|answer| answer.thing()) {
        Some(Thing::Product(product)) => product.id.clone(),
        _ => return Err(Error::Needs("the product could not be added")),
    };

    let buying = (0..buyers).map(|buyer| {
        let (client, product) = (Arc::clone(&client), product.clone());
        let who = format!("{run}-buyer-{buyer}");
        tokio::spawn(async move {
            let order = Ask::PlaceOrder {
                lines: vec![(product, 1)],
            };
            let key = Some("only".to_owned());
            client
                .ask(Request {
                    key,
                    ..Request::new(&who, order)
                })
                .await
        })
    });
    let mut rush = Rush {
        sold: 0,
        refused: 0,
        unsettled: 0,
        on_order: 0,
        stock: None,
    };
    for buyer in buying.collect::<Vec<_>>() {
        match buyer.await.ok().flatten() {
            Some(answer) if answer.status == 201 => rush.sold += 1,
            Some(answer) if answer.body == Body::Problem("out-of-stock".to_owned()) => {
                rush.refused += 1
            }
            _ => rush.unsettled += 1,
        }
    }

    for buyer in 0..buyers {
        let who = format!("{run}-buyer-{buyer}");
        let listed = client
            .ask(Request::new(&who, Ask::ListOrders { cursor: None }))
            .await;
        let Some(Body::Page(orders, None)) = listed.map(|answer| answer.body) else {
            continue;
        };
        for order in orders {
            if let Thing::Order(order) = order
                && order.status == Status::Placed
            {
                rush.on_order += order.items.iter().map(|line| line.quantity).sum::<u64>();
            }
        }
    }
    let left = client
        .ask(Request::new(CLERK, Ask::GetProduct { id: product }))
        .await;
    if let Some(Thing::Product(product)) = left.as_ref().and_then(|answer| answer.thing()) {
        rush.stock = Some(product.stock);
    }

    let due = stock.min(buyers);
    let mut found = Vec::new();
    let mut claim = |claim, holds: bool| {
        if !holds {
            found.push(Violation {
                claim,
                evidence: vec![format!("{rush:?}")],
            });
        }
    };
    claim(
        "all that there is is sold, and no more",
        rush.on_order == due,
    );
    // Whose last answer settles nothing may have an order all the same; everybody else knows.
    claim(
        "who was told of an order has one, and nobody else but whom nothing was settled for",
        rush.sold <= due && rush.sold + rush.unsettled >= due,
    );
    claim(
        "who was told that there is no more has no order",
        rush.refused <= buyers - due,
    );
    claim("stock and units on order are what there was", {
        rush.stock.map(|left| left + rush.on_order) == Some(stock)
    });
    let mut figures = Figures::default();
    figures.count(&client.history.take());
    figures.violations = found.len() as u64;
    Ok((rush, found, store.close(figures).await))
}
