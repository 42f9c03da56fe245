//! The state of the store at the end of a round.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    client::{CLERK, Client},
    operation::{Operation, Request},
    resource::{Order, Product, Resource, User},
    response::Body,
    world::World,
};

/// All resources of a round, read when no client is active.
#[derive(Debug, Clone, Default)]
pub struct FinalState {
    /// Users by id.
    pub users: BTreeMap<String, User>,
    /// Products by id.
    pub products: BTreeMap<String, Product>,
    /// The products in the category lists, each with the category of its list.
    pub listed: Vec<(String, Product)>,
    /// Orders, each with its buyer.
    pub orders: Vec<(String, Order)>,
    /// The targets that could not be read.
    pub unread: Vec<String>,
}

impl FinalState {
    /// Reads the resources of a round. These requests are part of the history.
    pub async fn read(client: &Client, world: &World) -> Self {
        let mut state = Self::default();
        for id in world.buyers().chain(world.visitors()) {
            if let Some(Resource::User(user)) = state.get(client, Operation::GetUser { id }).await {
                state.users.insert(user.id.clone(), user);
            }
        }
        for category in world.categories() {
            let page = |cursor| Operation::ListProducts {
                category: category.clone(),
                cursor,
            };
            for resource in state.list(client, CLERK, page).await {
                if let Resource::Product(product) = resource {
                    state.listed.push((category.clone(), product));
                }
            }
        }
        let listed = state.listed.iter().map(|(_, product)| product.id.clone());
        let ids: BTreeSet<String> = world.all_products().into_iter().chain(listed).collect();
        for id in ids {
            if let Some(Resource::Product(product)) =
                state.get(client, Operation::GetProduct { id }).await
            {
                state.products.insert(product.id.clone(), product);
            }
        }
        for buyer in world.buyers() {
            let page = |cursor| Operation::ListOrders { cursor };
            for resource in state.list(client, &buyer, page).await {
                if let Resource::Order(order) = resource {
                    state.orders.push((buyer.clone(), order));
                }
            }
        }
        state
    }

    async fn get(&mut self, client: &Client, operation: Operation) -> Option<Resource> {
        let target = operation.target();
        let Some(response) = client.send(Request::new(CLERK, operation)).await else {
            self.unread.push(target);
            return None;
        };
        response.resource().cloned()
    }

    async fn list(
        &mut self,
        client: &Client,
        caller: &str,
        page: impl Fn(Option<String>) -> Operation,
    ) -> Vec<Resource> {
        let mut resources = Vec::new();
        let mut cursor = None;
        loop {
            let operation = page(cursor);
            let target = operation.target();
            let response = client.send(Request::new(caller, operation)).await;
            let Some(Body::Page(items, next)) = response.map(|response| response.body) else {
                self.unread.push(target);
                return resources;
            };
            resources.extend(items);
            if next.is_none() {
                return resources;
            }
            cursor = next;
        }
    }
}
