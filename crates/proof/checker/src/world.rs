//! What the clients of a round share: the resources they know, and names that are still free.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use fastrand::Rng;

use crate::{
    operation::{Operation, Request},
    resource::{Kind, Money, Resource},
    response::Response,
};

/// Buyers exist for the whole round; visitors sign up and delete their profiles.
const BUYERS: usize = 6;
const VISITORS: usize = 8;
/// Fewer addresses than visitors and only a few more SKUs than products, so that requests conflict.
const EMAILS: usize = 7;
const SKUS: usize = 24;

/// The users and products of one round. No other round uses them.
#[derive(Debug)]
pub struct World {
    round: String,
    numbers: AtomicU64,
    resources: Mutex<Resources>,
}

#[derive(Debug, Default)]
struct Resources {
    products: BTreeSet<String>,
    deleted: BTreeSet<String>,
    orders: BTreeSet<(String, String)>,
    versions: BTreeMap<(Kind, String), u64>,
}

impl World {
    #[must_use]
    pub fn new(round: String) -> Self {
        Self {
            round,
            numbers: AtomicU64::new(0),
            resources: Mutex::default(),
        }
    }

    fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns a new idempotency key.
    pub fn next_key(&self) -> String {
        format!("{}-{}", self.round, self.next_number())
    }

    /// Returns a new name.
    pub fn next_name(&self) -> String {
        format!("n{}", self.next_number())
    }

    /// Returns a new price.
    pub fn next_price(&self) -> Money {
        Money::eur(100 + self.next_number())
    }

    /// Returns the subjects of all buyers.
    pub fn buyers(&self) -> impl Iterator<Item = String> {
        (0..BUYERS).map(|n| format!("{}-buyer-{n}", self.round))
    }

    /// Returns the subjects of all visitors.
    pub fn visitors(&self) -> impl Iterator<Item = String> {
        (0..VISITORS).map(|n| format!("{}-visitor-{n}", self.round))
    }

    /// Returns the two categories of all products.
    #[must_use]
    pub fn categories(&self) -> [String; 2] {
        ["left", "right"].map(|side| format!("{}-{side}", self.round))
    }

    /// Returns a random buyer.
    pub fn buyer(&self, random: &mut Rng) -> String {
        format!("{}-buyer-{}", self.round, random.usize(..BUYERS))
    }

    /// Returns a random visitor.
    pub fn visitor(&self, random: &mut Rng) -> String {
        format!("{}-visitor-{}", self.round, random.usize(..VISITORS))
    }

    /// Returns a random address, in lower case or upper case.
    pub fn email(&self, random: &mut Rng) -> String {
        let email = format!("{}-{}@example.org", self.round, random.usize(..EMAILS));
        if random.u8(..4) == 0 {
            email.to_uppercase()
        } else {
            email
        }
    }

    /// Returns a random SKU.
    pub fn sku(&self, random: &mut Rng) -> String {
        format!("{}-{}", self.round.to_uppercase(), random.usize(..SKUS))
    }

    /// Returns a random category.
    pub fn category(&self, random: &mut Rng) -> String {
        let [left, right] = self.categories();
        if random.bool() { left } else { right }
    }

    /// Returns a random product, sometimes a deleted one.
    pub fn product(&self, random: &mut Rng) -> Option<String> {
        let resources = self.lock();
        let deleted = random
            .choice(&resources.deleted)
            .filter(|_| random.u8(..20) == 0);
        deleted
            .or_else(|| random.choice(&resources.products))
            .cloned()
    }

    /// Returns up to `most` different random products.
    pub fn products(&self, random: &mut Rng, most: usize) -> Vec<String> {
        let resources = self.lock();
        let most = random.usize(1..=most);
        random.choose_multiple(resources.products.iter().cloned(), most)
    }

    /// Returns all products, deleted ones included.
    #[must_use]
    pub fn all_products(&self) -> Vec<String> {
        let resources = self.lock();
        let all = resources.products.union(&resources.deleted);
        all.cloned().collect()
    }

    /// Returns a random order and its buyer.
    pub fn order(&self, random: &mut Rng) -> Option<(String, String)> {
        random.choice(&self.lock().orders).cloned()
    }

    /// Returns the last known version of a resource.
    #[must_use]
    pub fn version(&self, kind: Kind, id: &str) -> Option<u64> {
        self.lock().versions.get(&(kind, id.to_owned())).copied()
    }

    /// Adds what a response says about the resources.
    pub fn learn(&self, request: &Request, response: &Response) {
        let mut resources = self.lock();
        if let Some(resource) = response.resource() {
            let id = resource.id().to_owned();
            match resource {
                Resource::Product(_) if !resources.deleted.contains(&id) => {
                    resources.products.insert(id.clone());
                }
                Resource::Order(_) => {
                    let order = (request.caller.clone(), id.clone());
                    resources.orders.insert(order);
                }
                Resource::Product(_) | Resource::User(_) => {}
            }
            if let Some(version) = response.version {
                resources.versions.insert((resource.kind(), id), version);
            }
        }
        if let (Operation::DeleteProduct { id }, 204) = (&request.operation, response.status) {
            resources.products.remove(id);
            resources.deleted.insert(id.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Resources> {
        self.resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
