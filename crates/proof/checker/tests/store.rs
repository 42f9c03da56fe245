//! The store itself, as real processes behind a front door, while things go wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

use checker::Violation;
use checker::front_door::Setup;
use checker::scenario::{Plan, Store, repeats, rounds, rush};
use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::path::Path;
use std::time::Duration;
use tokio::sync::Mutex;

/// Each of these keeps a machine busy; together they would measure patience.
static ALONE: Mutex<()> = Mutex::const_new(());

const FAULTS: &str =
    "throttle=0.01,conflict=0.02,error=0.01,drop=0.01,lose-answer=0.01,slow=0.01,cut-client=0.01";

async fn open(faults: &str, lasting: bool) -> Store {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.toml");
    let setup = Setup {
        program: env!("CARGO_BIN_EXE_checker").into(),
        manifest: manifest.canonicalize().unwrap(),
        faults: faults.to_owned(),
        seed: 1,
        profile: "dev".to_owned(),
        lasting,
    };
    Store::open(setup).await.unwrap()
}

fn show(place: &str, violation: &Violation) {
    eprintln!("{place}: {violation}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_operations_with_faults_violate_nothing() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 10_000,
        round: 1000,
        clients: 16,
        seed: 1,
        kill_every: Some(Duration::from_secs(2)),
        crash_every: None,
    };

    let figures = rounds(open(FAULTS, false).await, &plan, pending(), show)
        .await
        .unwrap();

    eprintln!("{figures}");
    assert_eq!(figures.violations, 0);
    assert!(figures.total() >= 10_000);
    for (fault, count) in &figures.faults {
        let not_asked_for = ["front-door-killed", "unconditional"].contains(&fault.as_str());
        assert!(*count > 0 || not_asked_for, "no {fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_conditions_do_not_hold_is_found_out() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 1000,
        round: 1000,
        clients: 16,
        seed: 3,
        kill_every: None,
        crash_every: None,
    };
    let mut claims = BTreeSet::new();
    let found = |_: &str, violation: &Violation| _ = claims.insert(violation.claim);

    let store = open("unconditional=0.3", false).await;
    let figures = rounds(store, &plan, pending(), found).await.unwrap();

    eprintln!("{figures}\n{claims:#?}");
    for broken in [
        "what is unique is one's own",
        "a POST with a key is done once",
        "stock and units on order are what came in",
    ] {
        assert!(claims.contains(broken), "it did not notice: {broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_missing_after_the_front_door_is_killed() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 2000,
        round: 1000,
        clients: 16,
        seed: 2,
        kill_every: None,
        crash_every: Some(Duration::from_secs(8)),
    };

    let figures = rounds(open(FAULTS, true).await, &plan, pending(), show)
        .await
        .unwrap();

    eprintln!("{figures}");
    assert_eq!(figures.violations, 0);
    assert!(figures.faults["front-door-killed"] > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_it_has_the_figures_of_the_rounds_that_have_begun() {
    let _alone = ALONE.lock().await;
    let plan = Plan {
        operations: 1_000_000,
        round: 100,
        clients: 4,
        seed: 4,
        kill_every: None,
        crash_every: None,
    };

    let store = open("", false).await;
    let figures = rounds(store, &plan, ready(()), show).await.unwrap();

    assert!(figures.interrupted);
    assert!((100..1000).contains(&figures.total()), "{figures}");
    assert!(figures.to_string().contains("interrupted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_buyers_at_once_buy_the_hundred_there_are() {
    let _alone = ALONE.lock().await;

    let (rush, found, figures) = rush(open(FAULTS, false).await, 500, 100).await.unwrap();

    eprintln!("{rush:?}\n{figures}");
    assert_eq!(found, []);
    assert_eq!(rush.sold + rush.refused + rush.unsettled, 500);
    assert_eq!((rush.on_order, rush.stock), (100, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_posts_whose_answer_was_cut_off_have_one_effect_and_one_answer() {
    let _alone = ALONE.lock().await;

    let (cut, found, figures) = repeats(open("", false).await, 1000).await.unwrap();

    eprintln!("{figures}");
    assert_eq!(found, []);
    assert!(cut >= 1000);
}
