//! POSTs that are repeated because their connection was cut.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{Error, Store, run_name};
use crate::{
    Violation,
    check::Violations,
    client::{CLERK, Client},
    figures::Figures,
    operation::{Item, Operation, Request},
    resource::{Money, Resource, Status},
    response::{Body, Response},
};

/// The probability that a connection is cut. One in two needs the fewest requests.
const CUT_PROBABILITY: f64 = 0.5;

const CLIENTS: u64 = 8;

/// How often a request is sent before the scenario gives up.
const MAX_TRIES: u32 = 200;

#[derive(Debug, Default)]
struct Tally {
    posts: AtomicU64,
    /// POSTs with at least one cut connection.
    cut: AtomicU64,
}

/// Sends POSTs of all kinds until the connection of `times` of them was cut. Each POST is sent until it
/// has two responses. Returns how many were cut.
///
/// # Errors
/// Fails if the store's faults cannot be set.
pub async fn repeats(store: Store, times: u64) -> Result<(u64, Vec<Violation>, Figures), Error> {
    let faults = store.faults().cloned();
    let faults = faults.ok_or(Error::Missing("--faults-url is required"))?;
    if !faults.set(&[("cut-client", CUT_PROBABILITY)]).await {
        return Err(Error::Missing("the store's faults cannot be set"));
    }
    let tally = Arc::new(Tally::default());
    let run = run_name();
    let workers = (0..CLIENTS).map(|worker| {
        let (client, tally) = (Arc::clone(&store.client), Arc::clone(&tally));
        let caller = format!("{run}-{worker}");
        tokio::spawn(async move {
            let mut found = Violations::default();
            let mut turn = 0;
            while tally.cut.load(Ordering::Relaxed) < times && found.is_empty() {
                one_of_each(&client, &tally, &format!("{caller}-{turn}"), &mut found).await;
                turn += 1;
            }
            found
        })
    });
    let mut found = Violations::default();
    for worker in workers.collect::<Vec<_>>() {
        found.append(worker.await.unwrap_or_default());
    }
    faults.set(&[]).await;
    let posts = tally.posts.load(Ordering::Relaxed);
    let cut = tally.cut.load(Ordering::Relaxed);
    eprintln!("{posts} POSTs, {cut} of them with a cut connection");
    let (found, figures) = store.finish(found).await;
    Ok((cut, found, figures))
}

/// Creates a user, a product, a stock adjustment and an order, and checks the result.
async fn one_of_each(client: &Client, tally: &Tally, caller: &str, found: &mut Violations) {
    let sign_up = Operation::SignUp {
        email: format!("{caller}@example.org"),
        name: "n0".to_owned(),
    };
    let sign_up = Request::new(caller, sign_up).with_key("only");
    let signed_up = twice(client, tally, sign_up, found).await;
    let add = Operation::AddProduct {
        sku: caller.to_uppercase(),
        name: "n0".to_owned(),
        category: caller.to_owned(),
        price: Money::eur(1999),
        stock: 10,
    };
    let add = Request::new(CLERK, add).with_key(caller);
    let added = twice(client, tally, add, found).await;
    let Some(product) = added.as_ref().and_then(|response| response.resource()) else {
        return;
    };
    let adjust = Operation::AdjustStock {
        id: product.id().to_owned(),
        delta: 5,
    };
    let adjust = Request::new(CLERK, adjust).with_key(caller);
    twice(client, tally, adjust, found).await;
    let items = vec![Item {
        product_id: product.id().to_owned(),
        quantity: 3,
    }];
    let order = Request::new(caller, Operation::PlaceOrder { items }).with_key("only");
    twice(client, tally, order, found).await;

    let id = caller.to_owned();
    let user = Request::new(CLERK, Operation::GetUser { id });
    let user = client.send(user).await;
    let (category, cursor) = (caller.to_owned(), None);
    let products = Operation::ListProducts { category, cursor };
    let products = client.send(Request::new(CLERK, products)).await;
    let orders = Operation::ListOrders { cursor: None };
    let orders = client.send(Request::new(caller, orders)).await;
    let version = |response: &Option<Response>| response.as_ref()?.version;
    let is_one_user = version(&user).is_some() && version(&user) == version(&signed_up);
    let is_one_product =
        matches!(only(&products), Some(Resource::Product(product)) if product.stock == 12);
    let is_one_order =
        matches!(only(&orders), Some(Resource::Order(order)) if order.status == Status::Placed);
    if !(is_one_user && is_one_product && is_one_order) {
        let evidence = [user, products, orders].map(|response| format!("{response:?}"));
        found.add("a repeated POST takes effect once", evidence);
    }
}

/// Returns the only resource in a list.
fn only(response: &Option<Response>) -> Option<&Resource> {
    match &response.as_ref()?.body {
        Body::Page(resources, None) if resources.len() == 1 => resources.first(),
        _ => None,
    }
}

/// Sends a request until it has two responses, and returns the first one.
async fn twice(
    client: &Client,
    tally: &Tally,
    request: Request,
    found: &mut Violations,
) -> Option<Response> {
    let mut event = client.begin(request);
    let (first, tries) = until_response(client, &event.request).await;
    let (second, more) = until_response(client, &event.request).await;
    let cut = tries > 1;
    tally.posts.fetch_add(1, Ordering::Relaxed);
    tally.cut.fetch_add(u64::from(cut), Ordering::Relaxed);
    let is_same = match (&first, &second) {
        (Some(first), Some(second)) => {
            let is_expected = first.replayed == cut && first.is_success();
            is_expected && second.replayed && second.repeats(first)
        }
        _ => false,
    };
    event.response = first;
    event.replays.extend(second);
    event.tries = tries + more;
    if !is_same {
        let replays = format!("replays: {:?}", event.replays);
        found.add(
            "a repeated POST returns the first response",
            [event.to_string(), replays],
        );
    }
    client.end(event)
}

/// Sends a request until there is a response, and returns how often it was sent.
async fn until_response(client: &Client, request: &Request) -> (Option<Response>, u32) {
    for tries in 1..MAX_TRIES {
        if let Some(response) = client.send_once(request).await {
            return (Some(response), tries);
        }
    }
    (None, MAX_TRIES)
}
