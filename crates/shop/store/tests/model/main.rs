//! Random steps in any order have the same outcomes in the store and in a model of it.
//!
//! One step after another, so that steps that go wrong can be shortened to the few that matter. Many
//! at once, and with faults, is the checker's part.

#![allow(clippy::unwrap_used, reason = "tests")]

mod reference;
mod store;

use std::collections::BTreeMap;

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};

use reference::Model;
use store::Store;

/// Things are named by small numbers, so that steps meet: products and orders in the order in which
/// they were made, whether or not there are so many.
type N = usize;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    SignUp {
        user: N,
        email: N,
    },
    Move {
        user: N,
        email: N,
        stale: bool,
    },
    Leave {
        user: N,
        stale: bool,
    },
    Add {
        sku: N,
        stock: i64,
        key: Option<N>,
    },
    Change {
        product: N,
        sku: N,
        amount: i64,
        stale: bool,
    },
    Remove {
        product: N,
        stale: bool,
    },
    Adjust {
        product: N,
        delta: i64,
        key: Option<N>,
    },
    Place {
        user: N,
        lines: BTreeMap<N, i64>,
        key: Option<N>,
    },
    Cancel {
        user: N,
        order: N,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let key = || prop::option::weighted(0.3, 0..6usize);
    let stale = || prop::bool::weighted(0.2);
    let delta = (-8..8i64).prop_filter("changes something", |delta| *delta != 0);
    prop_oneof![
        3 => (0..3usize, 0..3usize).prop_map(|(user, email)| Step::SignUp { user, email }),
        3 => (0..3usize, 0..3usize, stale())
            .prop_map(|(user, email, stale)| Step::Move { user, email, stale }),
        1 => (0..3usize, stale()).prop_map(|(user, stale)| Step::Leave { user, stale }),
        2 => (0..5usize, 0..12i64, key())
            .prop_map(|(sku, stock, key)| Step::Add { sku, stock, key }),
        2 => (0..4usize, 0..4usize, 1..500i64, stale())
            .prop_map(|(product, sku, amount, stale)| Step::Change { product, sku, amount, stale }),
        1 => (0..4usize, stale()).prop_map(|(product, stale)| Step::Remove { product, stale }),
        3 => (0..4usize, delta, key())
            .prop_map(|(product, delta, key)| Step::Adjust { product, delta, key }),
        6 => (0..2usize, btree_map(0..3usize, 1..6i64, 1..4), key())
            .prop_map(|(user, lines, key)| Step::Place { user, lines, key }),
        4 => (0..2usize, 0..6usize).prop_map(|(user, order)| Step::Cancel { user, order }),
    ]
}

/// What a step comes to.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Done,
    Exists,
    Taken,
    NotFound,
    Moved,
    OutOfRange(i64),
    Unknown(Vec<usize>),
    Short(Vec<(usize, i64)>),
    DoneBefore,
    KeyOfAnother,
}

impl Step {
    fn key(&self) -> Option<N> {
        match self {
            Self::Add { key, .. } | Self::Adjust { key, .. } | Self::Place { key, .. } => *key,
            _ => None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_store_does_as_the_model_does(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (_dynamodb, database) = testkit::open().await;
            let mut store = Store::new(database);
            let mut model = Model::default();
            let shelf = (0..3).map(|sku| Step::Add { sku, stock: 20, key: None });
            for step in shelf.chain(steps) {
                // What has a key is asked for once more.
                for _ in 0..=usize::from(step.key().is_some()) {
                    let expected = model.take(&step);
                    prop_assert_eq!(store.take(&step).await, expected, "{:?}", step);
                }
            }
            let read = store.read().await;
            prop_assert_eq!(read.users, model.users);
            prop_assert_eq!(read.products, model.products);
            prop_assert_eq!(read.orders, model.orders);
            Ok(())
        })?;
    }
}
