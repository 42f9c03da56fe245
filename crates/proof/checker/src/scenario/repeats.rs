//! POSTs whose answer was cut off, sent again: one effect, the same answer.

use super::{Error, Store, run_name};
use crate::check::Violation;
use crate::client::{CLERK, Client};
use crate::figures::Figures;
use crate::history::{Answer, Ask, Body, Request};
use crate::model::{Status, Thing};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How likely a connection is cut: one in two brings a number of cuts with the fewest requests.
const CUT: f64 = 0.5;

/// How many are at work at once.
const CLIENTS: u64 = 8;

/// How often a request may be sent before something else is wrong.
const TRIES: u32 = 200;

/// What became of the repeated requests.
#[derive(Debug, Default)]
struct Tally {
    /// POSTs with at least one answer cut off.
    cut: AtomicU64,
    /// POSTs in all.
    posts: AtomicU64,
}

/// Sends POSTs of every kind until the answer of `times` of them was cut off, each until it is
/// answered twice. Says how many there were.
///
/// # Errors
/// When there is no way to the store's faults.
pub async fn repeats(store: Store, times: u64) -> Result<(u64, Vec<Violation>, Figures), Error> {
    let faults = store.faults().cloned();
    let faults = faults.ok_or(Error::Needs("say where the store's faults are set"))?;
    if !faults.set(&[("cut-client", CUT)]).await {
        return Err(Error::Needs("the store's faults cannot be set"));
    }
    let tally = Arc::new(Tally::default());
    let run = run_name();
    let workers = (0..CLIENTS).map(|worker| {
        let (client, tally) = (Arc::clone(&store.client), Arc::clone(&tally));
        let who = format!("{run}-{worker}");
        tokio::spawn(async move {
            let mut found = Vec::new();
            let mut turn = 0;
            while tally.cut.load(Ordering::Relaxed) < times && found.is_empty() {
                found.extend(one_of_each(&client, &tally, &format!("{who}-{turn}")).await);
                turn += 1;
            }
            found
        })
    });
    let mut found = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        found.extend(worker.await.unwrap_or_default());
    }
    faults.set(&[]).await;
    let mut figures = Figures::default();
    figures.count(&store.client.history.take());
    figures.violations = found.len() as u64;
    let posts = tally.posts.load(Ordering::Relaxed);
    let cut = tally.cut.load(Ordering::Relaxed);
    eprintln!("{posts} POSTs, the first answer of {cut} of them cut off");
    Ok((cut, found, store.close(figures).await))
}

/// A user, a product, an adjustment and an order, each as above, and what is there then.
async fn one_of_each(client: &Client, tally: &Tally, who: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let request = |who: &str, ask| Request {
        key: Some("only".to_owned()),
        ..Request::new(who, ask)
    };
    let clerk = |ask| Request {
        key: Some(who.to_owned()),
        ..Request::new(CLERK, ask)
    };

    let email = format!("{who}@example.org");
    let sign_up = request(
        who,
        Ask::SignUp {
            email,
            name: "n0".to_owned(),
        },
    );
    let signed_up = twice(client, tally, sign_up, &mut found).await;
    let add = clerk(Ask::AddProduct {
        sku: who.to_uppercase(),
        name: "n0".to_owned(),
        category: who.to_owned(),
        amount: 1999,
        stock: 10,
    });
    let added = twice(client, tally, add, &mut found).await;
    let Some(id) = added
        .as_ref()
        .and_then(|a| a.thing())
        .map(|thing| thing.id().to_owned())
    else {
        return found;
    };
    let adjust = clerk(Ask::AdjustStock {
        id: id.clone(),
        delta: 5,
    });
    twice(client, tally, adjust, &mut found).await;
    let order = request(
        who,
        Ask::PlaceOrder {
            lines: vec![(id, 3)],
        },
    );
    twice(client, tally, order, &mut found).await;

    let user = client
        .ask(Request::new(CLERK, Ask::GetUser { id: who.to_owned() }))
        .await;
    let shelf = Ask::ListProducts {
        category: who.to_owned(),
        cursor: None,
    };
    let shelf = client.ask(Request::new(CLERK, shelf)).await;
    let orders = client
        .ask(Request::new(who, Ask::ListOrders { cursor: None }))
        .await;
    let version = |answer: &Option<Answer>| answer.as_ref().and_then(|answer| answer.version);
    let one_user = version(&user).is_some() && version(&user) == version(&signed_up);
    let one_product = matches!(
        shelf.as_ref().map(|answer| &answer.body),
        Some(Body::Page(things, None)) if matches!(things.as_slice(), [Thing::Product(p)] if p.stock == 12)
    );
    let one_order = matches!(
        orders.as_ref().map(|answer| &answer.body),
        Some(Body::Page(things, None)) if matches!(things.as_slice(), [Thing::Order(o)] if o.status == Status::Placed)
    );
    if !(one_user && one_product && one_order) {
        found.push(Violation {
            claim: "each POST has one effect, however often it is sent",
            evidence: vec![
                format!("{user:?}"),
                format!("{shelf:?}"),
                format!("{orders:?}"),
            ],
        });
    }
    found
}

/// Sends a request until it is answered, and until it is answered once more. The first answer.
async fn twice(
    client: &Client,
    tally: &Tally,
    request: Request,
    found: &mut Vec<Violation>,
) -> Option<Answer> {
    let mut event = client.begin(request);
    let (first, tries) = answered(client, &event.request).await;
    let (second, more) = answered(client, &event.request).await;
    let cut = tries > 1;
    tally.posts.fetch_add(1, Ordering::Relaxed);
    tally.cut.fetch_add(u64::from(cut), Ordering::Relaxed);
    let same = match (&first, &second) {
        (Some(first), Some(second)) => {
            let first_is_due = first.replayed == cut && first.is_success();
            first_is_due && second.replayed && second.repeats(first)
        }
        _ => false,
    };
    event.answer = first;
    event.replays.extend(second);
    event.tries = tries + more;
    if !same {
        found.push(Violation {
            claim: "a POST whose answer was cut off is answered as before",
            evidence: vec![event.to_string(), format!("then: {:?}", event.replays)],
        });
    }
    client.end(event)
}

/// Sends a request until there is an answer, and says how often it was sent.
async fn answered(client: &Client, request: &Request) -> (Option<Answer>, u32) {
    for tries in 1..TRIES {
        if let Some(answer) = client.try_once(request).await {
            return (Some(answer), tries);
        }
    }
    (None, TRIES)
}
