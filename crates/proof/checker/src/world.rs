//! What the clients of a round know together: things to ask about, and names that are still free.

use crate::history::{Answer, Ask, Request};
use crate::model::{Kind, Thing};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many buyers a round has, who stay, and how many visitors, who come and go.
const BUYERS: usize = 6;
const VISITORS: usize = 8;
/// Fewer addresses than visitors and a few more SKUs than products: so that they meet.
const EMAILS: usize = 7;
const SKUS: usize = 24;

/// The world of one round: its own people, its own shelves.
#[derive(Debug)]
pub struct Known {
    round: String,
    numbers: AtomicU64,
    things: Mutex<Things>,
}

#[derive(Debug, Default)]
struct Things {
    products: BTreeSet<String>,
    deleted: BTreeSet<String>,
    orders: BTreeSet<(String, String)>,
    versions: BTreeMap<(Kind, String), u64>,
}

impl Known {
    /// The world of a round of this name.
    #[must_use]
    pub fn new(round: String) -> Self {
        Self {
            round,
            numbers: AtomicU64::new(0),
            things: Mutex::default(),
        }
    }

    /// A number that no other call returns.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A key that no other call returns.
    pub fn key(&self) -> String {
        format!("{}-{}", self.round, self.number())
    }

    /// A name that no other call returns.
    pub fn name(&self) -> String {
        format!("n{}", self.number())
    }

    /// An amount of money that no other call returns.
    pub fn amount(&self) -> u64 {
        100 + self.number()
    }

    /// The subjects of those who buy.
    pub fn buyers(&self) -> impl Iterator<Item = String> {
        (0..BUYERS).map(|n| format!("{}-buyer-{n}", self.round))
    }

    /// The subjects of those who sign up and leave.
    pub fn visitors(&self) -> impl Iterator<Item = String> {
        (0..VISITORS).map(|n| format!("{}-visitor-{n}", self.round))
    }

    /// The two categories of all products.
    #[must_use]
    pub fn categories(&self) -> [String; 2] {
        ["left", "right"].map(|side| format!("{}-{side}", self.round))
    }

    /// Some buyer.
    pub fn buyer(&self, random: &mut Rng) -> String {
        format!("{}-buyer-{}", self.round, random.usize(..BUYERS))
    }

    /// Some visitor.
    pub fn visitor(&self, random: &mut Rng) -> String {
        format!("{}-visitor-{}", self.round, random.usize(..VISITORS))
    }

    /// Some address, in small letters or capitals.
    pub fn email(&self, random: &mut Rng) -> String {
        let email = format!("{}-{}@example.org", self.round, random.usize(..EMAILS));
        if random.u8(..4) == 0 {
            email.to_uppercase()
        } else {
            email
        }
    }

    /// Some SKU.
    pub fn sku(&self, random: &mut Rng) -> String {
        format!("{}-{}", self.round.to_uppercase(), random.usize(..SKUS))
    }

    /// Some category.
    pub fn category(&self, random: &mut Rng) -> String {
        format!(
            "{}-{}",
            self.round,
            random.choice(["left", "right"]).unwrap_or("left")
        )
    }

    /// Some product; now and then one that is not there any more.
    pub fn product(&self, random: &mut Rng) -> Option<String> {
        let things = self.lock();
        let deleted = random
            .choice(&things.deleted)
            .filter(|_| random.u8(..20) == 0);
        deleted.or_else(|| random.choice(&things.products)).cloned()
    }

    /// Some products, each once.
    pub fn products(&self, random: &mut Rng, most: usize) -> Vec<String> {
        let things = self.lock();
        let most = random.usize(1..=most);
        random.choose_multiple(things.products.iter().cloned(), most)
    }

    /// Every product that has been there.
    #[must_use]
    pub fn all_products(&self) -> Vec<String> {
        let things = self.lock();
        things.products.union(&things.deleted).cloned().collect()
    }

    /// Some order and its buyer.
    pub fn order(&self, random: &mut Rng) -> Option<(String, String)> {
        random.choice(&self.lock().orders).cloned()
    }

    /// The version of a thing that was last seen.
    #[must_use]
    pub fn version(&self, kind: Kind, id: &str) -> Option<u64> {
        self.lock().versions.get(&(kind, id.to_owned())).copied()
    }

    /// Learns from an answer.
    pub fn learn(&self, request: &Request, answer: &Answer) {
        let mut things = self.lock();
        if let Some(thing) = answer.thing() {
            let id = thing.id().to_owned();
            match thing {
                Thing::Product(_) if things.deleted.contains(&id) => {}
                Thing::Product(_) => _ = things.products.insert(id.clone()),
                Thing::Order(_) => _ = things.orders.insert((request.who.clone(), id.clone())),
                Thing::User(_) => {}
            }
            if let Some(version) = answer.version {
                things.versions.insert((thing.kind(), id), version);
            }
        }
        if let (Ask::DeleteProduct { id }, 204) = (&request.ask, answer.status) {
            things.products.remove(id);
            things.deleted.insert(id.clone());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
