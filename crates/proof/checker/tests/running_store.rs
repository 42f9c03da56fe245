//! The store, as real processes behind a front door, with injected faults. These tests take several
//! minutes, so `cargo test` skips them; `scripts/test.sh store` runs them.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    future::{pending, ready},
    path::Path,
    time::Duration,
};

use checker::{
    Violation,
    front_door_process::Settings,
    scenario::{Plan, Store, repeats, rounds, rush},
};
use tokio::sync::Mutex;

/// Each test uses the whole machine; in parallel they would run into time-outs.
static ALONE: Mutex<()> = Mutex::const_new(());

const FAULTS: &str =
    "throttle=0.01,conflict=0.02,error=0.01,drop=0.01,lose-answer=0.01,slow=0.01,cut-client=0.01";

async fn start(faults: &str, persistent: bool) -> Store {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.toml");
    let settings = Settings {
        program: env!("CARGO_BIN_EXE_checker").into(),
        manifest: manifest.canonicalize().unwrap(),
        faults: faults.to_owned(),
        seed: 1,
        profile: "dev".to_owned(),
        persistent,
    };
    Store::start(settings).await.unwrap()
}

fn show(place: &str, violation: &Violation) {
    eprintln!("{place}: {violation}");
}

#[tokio::test(flavor = "multi_thread")]
async fn random_operations_with_faults_violate_no_rule() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 10_000,
        round: 1000,
        clients: 16,
        seed: 1,
        kill_every: Some(Duration::from_secs(2)),
        crash_every: None,
    };

    let figures = rounds(start(FAULTS, false).await, &plan, pending(), show)
        .await
        .unwrap();

    eprintln!("{figures}");
    assert_eq!(figures.violations, 0);
    assert!(figures.total() >= 10_000);
    for (fault, count) in &figures.faults {
        let is_disabled =
            ["front-door-killed", "stale-index", "unconditional"].contains(&fault.as_str());
        assert!(*count > 0 || is_disabled, "no {fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_ignores_conditions_is_detected() {
    const BROKEN: [&str; 3] = [
        "an e-mail address or SKU belongs to one resource",
        "a POST with an idempotency key takes effect once",
        "stock and units on order add up to the units received",
    ];
    let _alone = ALONE.lock().await;
    let mut rules = BTreeSet::new();

    // Not every round violates every rule: a round whose data cannot be read has no stock to count.
    for seed in 3..9 {
        let plan = Plan {
            operations: 1000,
            round: 1000,
            clients: 16,
            seed,
            kill_every: None,
            crash_every: None,
        };
        let found = |_: &str, violation: &Violation| _ = rules.insert(violation.rule);
        let store = start("unconditional=0.3", false).await;
        let figures = rounds(store, &plan, pending(), found).await.unwrap();
        eprintln!("{figures}\n{rules:#?}");
        if BROKEN.iter().all(|broken| rules.contains(broken)) {
            break;
        }
    }

    for broken in BROKEN {
        assert!(rules.contains(broken), "not detected: {broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_changes_survive_crashes_of_the_front_door() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 2000,
        round: 1000,
        clients: 16,
        seed: 2,
        kill_every: None,
        crash_every: Some(Duration::from_secs(8)),
    };

    let figures = rounds(start(FAULTS, true).await, &plan, pending(), show)
        .await
        .unwrap();

    eprintln!("{figures}");
    assert_eq!(figures.violations, 0);
    assert!(figures.faults["front-door-killed"] > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_completes_its_round() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 1_000_000,
        round: 100,
        clients: 4,
        seed: 4,
        kill_every: None,
        crash_every: None,
    };

    let store = start("", false).await;
    let figures = rounds(store, &plan, ready(()), show).await.unwrap();

    assert!(figures.interrupted);
    assert!((100..1000).contains(&figures.total()), "{figures}");
    assert!(figures.to_string().contains("interrupted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_buyers_order_exactly_the_stock() {
    let _alone = ALONE.lock().await;

    let (rush, found, figures) = rush(start(FAULTS, false).await, 500, 100).await.unwrap();

    eprintln!("{rush:?}\n{figures}");
    assert_eq!(found, []);
    assert_eq!(rush.sold + rush.refused + rush.unsettled, 500);
    assert_eq!((rush.on_order, rush.stock), (100, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_posts_take_effect_once() {
    let _alone = ALONE.lock().await;

    let (cut, found, figures) = repeats(start("", false).await, 1000).await.unwrap();

    eprintln!("{figures}");
    assert_eq!(found, []);
    assert!(cut >= 1000);
}
