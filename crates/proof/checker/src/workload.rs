//! Random concurrent requests that conflict with each other.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fastrand::Rng;

use crate::{
    client::{CLERK, Client},
    operation::{Item, Operation, Request},
    resource::Kind,
    world::World,
};

/// How many products exist at the start of a round.
const PRODUCTS: usize = 8;

/// Sends `operations` requests of `clients` concurrent clients. `seed` determines the requests that
/// each client tries.
pub async fn run(
    client: &Arc<Client>,
    world: &Arc<World>,
    seed: u64,
    clients: u64,
    operations: u64,
) {
    let mut random = Rng::with_seed(seed);
    for (at, buyer) in world.buyers().enumerate() {
        let sign_up = Operation::SignUp {
            email: format!("{buyer}-{at}@example.org"),
            name: world.next_name(),
        };
        let request = Request::new(&buyer, sign_up).with_key(world.next_key());
        send(client, world, request).await;
    }
    for _ in 0..PRODUCTS {
        let request = Request::new(CLERK, add_product(world, &mut random));
        send(client, world, request.with_key(world.next_key())).await;
    }
    let left = Arc::new(AtomicU64::new(operations));
    let workers = (0..clients).map(|worker| {
        let (client, world, left) = (Arc::clone(client), Arc::clone(world), Arc::clone(&left));
        let mut random =
            Rng::with_seed(seed.wrapping_add((worker + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        tokio::spawn(async move {
            let one_less = |left: u64| left.checked_sub(1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
            {
                step(&client, &world, &mut random).await;
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

async fn step(client: &Client, world: &World, random: &mut Rng) {
    let Some(request) = random_request(world, random) else {
        return;
    };
    if request.operation.method() != "POST" || random.u8(..100) >= 85 {
        send(client, world, request).await;
        return;
    }
    let request = request.with_key(world.next_key());
    let response = match random.u8(..100) {
        0..10 => client.send_twice(request.clone()).await,
        _ => client.send(request.clone()).await,
    };
    let Some(response) = response else {
        return;
    };
    world.learn(&request, &response);
    if response.is_success() && random.u8(..100) < 25 {
        let other = (random.u8(..4) == 0).then(|| with_other_body(&request));
        client.replay(&request, other).await;
    }
}

async fn send(client: &Client, world: &World, request: Request) {
    if let Some(response) = client.send(request.clone()).await {
        world.learn(&request, &response);
    }
}

fn random_request(world: &World, random: &mut Rng) -> Option<Request> {
    let new = Request::new;
    let request = match random.u8(..100) {
        0..20 => new(&world.buyer(random), place_order(world, random)?),
        20..30 => {
            let id = world.product(random)?;
            let delta = *random.choice(&[-7, -3, -1, 1, 4, 9, 15])?;
            new(CLERK, Operation::AdjustStock { id, delta })
        }
        30..37 => {
            let (buyer, id) = world.order(random)?;
            new(&buyer, Operation::CancelOrder { id })
        }
        37..45 => patch_product(world, random)?,
        45..54 => {
            let id = world.product(random)?;
            let known = world.version(Kind::Product, &id);
            let known = known.filter(|_| random.bool());
            let caller = world.visitor(random);
            new(&caller, Operation::GetProduct { id }).if_none_match(known)
        }
        54..61 => {
            let (buyer, id) = world.order(random)?;
            let is_stranger = random.u8(..10) == 0;
            let caller = if is_stranger {
                world.buyer(random)
            } else {
                buyer
            };
            new(&caller, Operation::GetOrder { id })
        }
        61..65 => new(&world.buyer(random), Operation::ListOrders { cursor: None }),
        65..72 => {
            let (email, name) = (world.email(random), world.next_name());
            new(&world.visitor(random), Operation::SignUp { email, name })
        }
        72..80 => patch_user(world, random),
        80..84 => {
            let id = world.visitor(random);
            let known = world.version(Kind::User, &id);
            let known = known.filter(|_| random.u8(..4) == 0);
            new(&id.clone(), Operation::DeleteUser { id }).if_match(known)
        }
        84..92 => get_user(world, random),
        92..94 => new(CLERK, add_product(world, random)),
        94 => {
            let id = world.product(random)?;
            new(CLERK, Operation::DeleteProduct { id })
        }
        95..98 => {
            let category = world.category(random);
            let cursor = None;
            new(
                &world.buyer(random),
                Operation::ListProducts { category, cursor },
            )
        }
        98 => new(CLERK, Operation::ListUsers),
        _ => new(CLERK, Operation::Health),
    };
    Some(request)
}

fn place_order(world: &World, random: &mut Rng) -> Option<Operation> {
    let products = world.products(random, 4);
    let items: Vec<_> = products
        .into_iter()
        .map(|product_id| Item {
            product_id,
            quantity: random.u64(1..=5),
        })
        .collect();
    (!items.is_empty()).then_some(Operation::PlaceOrder { items })
}

fn add_product(world: &World, random: &mut Rng) -> Operation {
    Operation::AddProduct {
        sku: world.sku(random),
        name: world.next_name(),
        category: world.category(random),
        price: world.next_price(),
        stock: random.u64(5..40),
    }
}

fn patch_product(world: &World, random: &mut Rng) -> Option<Request> {
    let id = world.product(random)?;
    let known = world.version(Kind::Product, &id);
    let known = known.filter(|_| random.u8(..3) == 0);
    let patch = Operation::PatchProduct {
        id,
        sku: (random.u8(..4) == 0).then(|| world.sku(random)),
        name: world.next_name(),
        category: (random.u8(..5) == 0).then(|| world.category(random)),
        price: random.bool().then(|| world.next_price()),
    };
    Some(Request::new(CLERK, patch).if_match(known))
}

fn patch_user(world: &World, random: &mut Rng) -> Request {
    let is_buyer = random.u8(..3) == 0;
    let id = if is_buyer {
        world.buyer(random)
    } else {
        world.visitor(random)
    };
    let known = world.version(Kind::User, &id);
    let known = known.filter(|_| random.u8(..3) == 0);
    let patch = Operation::PatchUser {
        id: id.clone(),
        email: random.bool().then(|| world.email(random)),
        name: world.next_name(),
    };
    Request::new(&id, patch).if_match(known)
}

fn get_user(world: &World, random: &mut Rng) -> Request {
    let is_buyer = random.bool();
    let id = if is_buyer {
        world.buyer(random)
    } else {
        world.visitor(random)
    };
    let known = world.version(Kind::User, &id);
    let known = known.filter(|_| random.bool());
    let caller = match random.u8(..10) {
        0 => world.visitor(random),
        1..4 => CLERK.to_owned(),
        _ => id.clone(),
    };
    Request::new(&caller, Operation::GetUser { id }).if_none_match(known)
}

/// Returns a request with the same route and key, but a different body.
fn with_other_body(request: &Request) -> Request {
    let mut other = request.clone();
    match &mut other.operation {
        Operation::SignUp { name, .. } | Operation::AddProduct { name, .. } => {
            name.push_str(" again");
        }
        Operation::AdjustStock { delta, .. } => *delta += 100,
        Operation::PlaceOrder { items } => {
            items.iter_mut().for_each(|item| item.quantity += 100);
        }
        _ => {}
    }
    other
}
