//! What there is when nobody is at work any more.

use crate::client::{CLERK, Client};
use crate::history::{Ask, Body, Request};
use crate::model::{Order, Product, Thing, User};
use crate::world::Known;
use std::collections::{BTreeMap, BTreeSet};

/// Everything of a round, read back.
#[derive(Debug, Clone, Default)]
pub struct Rest {
    /// Users by id.
    pub users: BTreeMap<String, User>,
    /// Products by id.
    pub products: BTreeMap<String, Product>,
    /// What the lists of the categories hold, with the category asked for.
    pub listed: Vec<(String, Product)>,
    /// Orders by their buyer.
    pub orders: Vec<(String, Order)>,
    /// What could not be read.
    pub unread: Vec<String>,
}

impl Rest {
    /// Reads everything of a round. The reads are events of the history, too.
    pub async fn read(client: &Client, known: &Known) -> Self {
        let mut rest = Self::default();
        for id in known.buyers().chain(known.visitors()) {
            if let Some(Thing::User(user)) = rest.one(client, Ask::GetUser { id }).await {
                rest.users.insert(user.id.clone(), user);
            }
        }
        for category in known.categories() {
            let ask = |cursor| Ask::ListProducts {
                category: category.clone(),
                cursor,
            };
            for thing in rest.all(client, CLERK, ask).await {
                if let Thing::Product(product) = thing {
                    rest.listed.push((category.clone(), product));
                }
            }
        }
        let listed = rest.listed.iter().map(|(_, product)| product.id.clone());
        let ids: BTreeSet<String> = known.all_products().into_iter().chain(listed).collect();
        for id in ids {
            if let Some(Thing::Product(product)) = rest.one(client, Ask::GetProduct { id }).await {
                rest.products.insert(product.id.clone(), product);
            }
        }
        for buyer in known.buyers() {
            for thing in rest
                .all(client, &buyer, |cursor| Ask::ListOrders { cursor })
                .await
            {
                if let Thing::Order(order) = thing {
                    rest.orders.push((buyer.clone(), order));
                }
            }
        }
        rest
    }

    async fn one(&mut self, client: &Client, ask: Ask) -> Option<Thing> {
        let Some(answer) = client.ask(Request::new(CLERK, ask.clone())).await else {
            self.unread.push(ask.target().1);
            return None;
        };
        answer.thing().cloned()
    }

    async fn all(
        &mut self,
        client: &Client,
        who: &str,
        ask: impl Fn(Option<String>) -> Ask,
    ) -> Vec<Thing> {
        let mut things = Vec::new();
        let mut cursor = None;
        loop {
            let ask = ask(cursor.take());
            let answer = client.ask(Request::new(who, ask.clone())).await;
            let Some(Body::Page(page, next)) = answer.map(|answer| answer.body) else {
                self.unread.push(ask.target().1);
                return things;
            };
            things.extend(page);
            match next {
                Some(next) => cursor = Some(next),
                None => return things,
            }
        }
    }
}
