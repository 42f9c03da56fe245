//! The operations of the store, measured.

use std::{
    fmt,
    time::{Duration, Instant},
};

use domain::{Delta, NewLine, NewOrder, ProductChanges, UserChanges, UserId};
use dynamodb::{Claim, Consumed, Limit, PageRequest, metered};
use record::Expected;
use samples::{new_product, new_user};
use store::{Orders, Products, Users};

use crate::{FilledShop, filled_shop::buyer};

/// What an operation of the store costs.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What the operation does.
    pub operation: &'static str,
    /// The largest consumption of all repetitions.
    pub consumed: Consumed,
    /// The median duration, from the call to the result.
    pub median: Duration,
}

/// Does each operation of the store `repetitions` times, one after the other, and returns what each
/// costs. What a repetition creates, it deletes, except its orders.
///
/// # Panics
///
/// Panics if the shop is empty or an operation fails.
pub async fn costs(shop: &FilledShop, repetitions: usize) -> Vec<Cost> {
    let mut samples = Samples::default();
    for repetition in 0..repetitions {
        users(shop, repetition, &mut samples).await;
        products_and_orders(shop, &mut samples).await;
    }
    samples.costs()
}

async fn users(shop: &FilledShop, repetition: usize, samples: &mut Samples) {
    let users = Users::new(shop.database());
    let (ada, any) = (new_id(), &Expected::Any);
    let renamed = UserChanges {
        name: new_user("Ada").name.into(),
        ..UserChanges::default()
    };
    let moved = UserChanges {
        email: new_user("countess").email.into(),
        ..UserChanges::default()
    };
    let some = shop.some_user(repetition);
    let page = page();

    let create = users.create(ada.clone(), new_user("ada"), None);
    samples.add("create a user", create).await;
    samples.add("find a user", users.find(&some)).await;
    samples.add("list 20 users", users.list(&page)).await;
    let rename = users.change(&ada, any, &renamed);
    samples.add("rename a user", rename).await;
    let change_address = users.change(&ada, any, &moved);
    samples.add("change a user's address", change_address).await;
    samples.add("delete a user", users.remove(&ada, any)).await;
}

async fn products_and_orders(shop: &FilledShop, samples: &mut Samples) {
    let products = Products::new(shop.database());
    let orders = Orders::new(shop.database());
    let (buyer, any, page) = (buyer(), &Expected::Any, page());
    let one = Delta::try_from(1).expect("one is a delta");

    let create = products.create(new_product("TEA-1", 100), None);
    let tea = samples.add("create a product", create).await.outcome;
    // The id is new, so no key is used twice.
    let key = tea.id.to_string();
    let claim = |route| Some(Claim::new("buyer", route, &key, &[]));
    samples.add("find a product", products.find(tea.id)).await;
    samples.add("list 20 products", products.list(&page)).await;
    let list = products.list_category(&tea.category, &page);
    samples.add("list 20 products of a category", list).await;
    let renamed = ProductChanges {
        name: new_product("TEA-2", 0).name.into(),
        ..ProductChanges::default()
    };
    let rename = products.change(tea.id, any, &renamed);
    samples.add("rename a product", rename).await;
    let adjust = products.adjust_stock(tea.id, one, None);
    samples.add("adjust a stock", adjust).await;
    let adjust = products.adjust_stock(tea.id, one, claim("POST /stock"));
    samples.add("adjust a stock under a key", adjust).await;

    let line = NewLine {
        product_id: tea.id,
        quantity: 1.try_into().expect("one is a quantity"),
    };
    let new = NewOrder::try_from(vec![line]).expect("one line makes an order");
    let place = orders.place(&buyer, &new, None);
    let order = samples
        .add("place an order of one line", place)
        .await
        .outcome;
    let place = orders.place(&buyer, &new, claim("POST /orders"));
    samples.add("place it under a key", place).await;
    samples
        .add("find an order", orders.find(&buyer, order.id))
        .await;
    samples
        .add("list 20 orders", orders.list(&buyer, &page))
        .await;
    let cancel = orders.cancel(&buyer, order.id);
    samples.add("cancel an order of one line", cancel).await;
    samples
        .add("delete a product", products.remove(tea.id, any))
        .await;
}

fn new_id() -> UserId {
    "ada".parse().expect("a plain name is an id")
}

fn page() -> PageRequest {
    PageRequest {
        limit: "20".parse::<Limit>().expect("20 is a limit"),
        after: None,
    }
}

/// The repetitions of each operation, in the order in which they were first done.
#[derive(Default)]
struct Samples(Vec<(&'static str, Vec<(Consumed, Duration)>)>);

impl Samples {
    /// Does an operation, measures it and returns its result.
    async fn add<T, E: fmt::Display>(
        &mut self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> T {
        let start = Instant::now();
        let (outcome, consumed) = metered(work).await;
        let sample = (consumed, start.elapsed());
        let known = self.0.iter_mut().find(|(name, _)| *name == operation);
        match known {
            Some((_, samples)) => samples.push(sample),
            None => self.0.push((operation, vec![sample])),
        }
        outcome.unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    fn costs(self) -> Vec<Cost> {
        let cost = |(operation, samples): (_, Vec<(Consumed, Duration)>)| {
            let mut durations: Vec<_> = samples.iter().map(|(_, duration)| *duration).collect();
            durations.sort_unstable();
            let largest = |units: fn(&Consumed) -> f64| {
                let units = samples.iter().map(|(consumed, _)| units(consumed));
                units.fold(0.0, f64::max)
            };
            Cost {
                operation,
                consumed: Consumed {
                    read: largest(|consumed| consumed.read),
                    write: largest(|consumed| consumed.write),
                },
                median: durations[durations.len() / 2],
            }
        };
        self.0.into_iter().map(cost).collect()
    }
}
