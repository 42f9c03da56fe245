//! What clients do: at random, many at once, in each other's way.

use crate::client::{CLERK, Client};
use crate::history::{Ask, Request};
use crate::model::Kind;
use crate::world::Known;
use fastrand::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many products a round begins with.
const PRODUCTS: usize = 8;

/// Has `clients` do `operations` in all, on a round's own world. `seed` fixes what each of them tries.
pub async fn drive(
    client: &Arc<Client>,
    known: &Arc<Known>,
    seed: u64,
    clients: u64,
    operations: u64,
) {
    let mut random = Rng::with_seed(seed);
    for (at, who) in known.buyers().enumerate() {
        let email = format!("{who}-{at}@example.org");
        ask(
            client,
            known,
            keyed(
                known,
                Request::new(
                    &who,
                    Ask::SignUp {
                        email,
                        name: known.name(),
                    },
                ),
            ),
        )
        .await;
    }
    for _ in 0..PRODUCTS {
        let add = add_product(known, &mut random);
        ask(client, known, keyed(known, Request::new(CLERK, add))).await;
    }
    let left = Arc::new(AtomicU64::new(operations));
    let workers = (0..clients).map(|worker| {
        let (client, known, left) = (Arc::clone(client), Arc::clone(known), Arc::clone(&left));
        let mut random =
            Rng::with_seed(seed.wrapping_add((worker + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        tokio::spawn(async move {
            let one_less = |left: u64| left.checked_sub(1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
            {
                step(&client, &known, &mut random).await;
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        if let Err(error) = worker.await
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

async fn step(client: &Client, known: &Known, random: &mut Rng) {
    let Some(mut request) = wish(known, random) else {
        return;
    };
    if !request.ask.is_post() || random.u8(..100) >= 85 {
        ask(client, known, request).await;
        return;
    }
    request.key = Some(known.key());
    let answer = match random.u8(..100) {
        0..10 => client.ask_twice(request.clone()).await,
        _ => client.ask(request.clone()).await,
    };
    let Some(answer) = answer else {
        return;
    };
    known.learn(&request, &answer);
    if answer.is_success() && random.u8(..100) < 25 {
        let other = (random.u8(..4) == 0).then(|| other_body(&request));
        client.replay(&request, other).await;
    }
}

async fn ask(client: &Client, known: &Known, request: Request) {
    if let Some(answer) = client.ask(request.clone()).await {
        known.learn(&request, &answer);
    }
}

fn keyed(known: &Known, request: Request) -> Request {
    Request {
        key: Some(known.key()),
        ..request
    }
}

/// Something to do.
fn wish(known: &Known, random: &mut Rng) -> Option<Request> {
    let new = Request::new;
    let request = match random.u8(..100) {
        0..20 => new(&known.buyer(random), place_order(known, random)?),
        20..30 => {
            let ask = Ask::AdjustStock {
                id: known.product(random)?,
                delta: *random.choice(&[-7, -3, -1, 1, 4, 9, 15])?,
            };
            new(CLERK, ask)
        }
        30..37 => {
            let (who, id) = known.order(random)?;
            new(&who, Ask::Cancel { id })
        }
        37..45 => patch_product(known, random)?,
        45..54 => {
            let id = known.product(random)?;
            let seen = known.version(Kind::Product, &id).filter(|_| random.bool());
            let who = known.visitor(random);
            Request {
                if_none_match: seen,
                ..new(&who, Ask::GetProduct { id })
            }
        }
        54..61 => {
            let (buyer, id) = known.order(random)?;
            let stranger = random.u8(..10) == 0;
            let who = if stranger { known.buyer(random) } else { buyer };
            new(&who, Ask::GetOrder { id })
        }
        61..65 => new(&known.buyer(random), Ask::ListOrders { cursor: None }),
        65..72 => {
            let (email, name) = (known.email(random), known.name());
            new(&known.visitor(random), Ask::SignUp { email, name })
        }
        72..80 => patch_user(known, random),
        80..84 => {
            let id = known.visitor(random);
            let seen = known
                .version(Kind::User, &id)
                .filter(|_| random.u8(..4) == 0);
            Request {
                if_match: seen,
                ..new(&id.clone(), Ask::DeleteUser { id })
            }
        }
        84..92 => {
            let id = if random.bool() {
                known.buyer(random)
            } else {
                known.visitor(random)
            };
            let seen = known.version(Kind::User, &id).filter(|_| random.bool());
            let who = match random.u8(..10) {
                0 => known.visitor(random),
                1..4 => CLERK.to_owned(),
                _ => id.clone(),
            };
            Request {
                if_none_match: seen,
                ..new(&who, Ask::GetUser { id })
            }
        }
        92..94 => new(CLERK, add_product(known, random)),
        94 => new(
            CLERK,
            Ask::DeleteProduct {
                id: known.product(random)?,
            },
        ),
        95..98 => {
            let category = known.category(random);
            new(
                &known.buyer(random),
                Ask::ListProducts {
                    category,
                    cursor: None,
                },
            )
        }
        98 => new(CLERK, Ask::ListUsers),
        _ => new(CLERK, Ask::Health),
    };
    Some(request)
}

fn place_order(known: &Known, random: &mut Rng) -> Option<Ask> {
    let products = known.products(random, 4);
    let lines: Vec<_> = products
        .into_iter()
        .map(|id| (id, random.u64(1..=5)))
        .collect();
    (!lines.is_empty()).then_some(Ask::PlaceOrder { lines })
}

fn add_product(known: &Known, random: &mut Rng) -> Ask {
    Ask::AddProduct {
        sku: known.sku(random),
        name: known.name(),
        category: known.category(random),
        amount: known.amount(),
        stock: random.u64(5..40),
    }
}

fn patch_product(known: &Known, random: &mut Rng) -> Option<Request> {
    let id = known.product(random)?;
    let seen = known
        .version(Kind::Product, &id)
        .filter(|_| random.u8(..3) == 0);
    let ask = Ask::PatchProduct {
        id,
        sku: (random.u8(..4) == 0).then(|| known.sku(random)),
        name: known.name(),
        category: (random.u8(..5) == 0).then(|| known.category(random)),
        amount: random.bool().then(|| known.amount()),
    };
    Some(Request {
        if_match: seen,
        ..Request::new(CLERK, ask)
    })
}

fn patch_user(known: &Known, random: &mut Rng) -> Request {
    let id = if random.u8(..3) == 0 {
        known.buyer(random)
    } else {
        known.visitor(random)
    };
    let seen = known
        .version(Kind::User, &id)
        .filter(|_| random.u8(..3) == 0);
    let ask = Ask::PatchUser {
        id: id.clone(),
        email: random.bool().then(|| known.email(random)),
        name: known.name(),
    };
    Request {
        if_match: seen,
        ..Request::new(&id, ask)
    }
}

/// Another request to the same route.
fn other_body(request: &Request) -> Request {
    let mut other = request.clone();
    match &mut other.ask {
        Ask::SignUp { name, .. } | Ask::AddProduct { name, .. } => name.push_str(" again"),
        Ask::AdjustStock { delta, .. } => *delta += 100,
        Ask::PlaceOrder { lines } => lines.iter_mut().for_each(|(_, quantity)| *quantity += 100),
        _ => {}
    }
    other
}
