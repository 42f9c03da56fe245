use domain::Product;
use samples::Shop;
use serde_json::json;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn post_stock(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), adjust, event).await
}

fn of(shop: &Shop, product: &Product) -> Event {
    shop.event().path("productId", product.id)
}

#[testkit::test]
async fn units_come_and_go() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let more = post_stock(&shop, of(&shop, &tea).json(&json!({ "delta": 4 }))).await;
    let all = post_stock(&shop, of(&shop, &tea).json(&json!({ "delta": -7 }))).await;

    assert_eq!(
        (more.status, &more.body["stock"], more.header("etag")),
        (200, &json!(7), "\"2\"")
    );
    assert_eq!(
        (all.status, &all.body["stock"], all.header("etag")),
        (200, &json!(0), "\"3\"")
    );
}

#[testkit::test]
async fn a_key_adjusts_once() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    let event = of(&shop, &tea)
        .caller("clerk", "")
        .json(&json!({ "delta": -1 }))
        .header("idempotency-key", "k");

    let first = post_stock(&shop, event.clone()).await;
    post_stock(&shop, of(&shop, &tea).json(&json!({ "delta": 5 }))).await;
    let again = post_stock(&shop, event.clone()).await;
    let other = post_stock(&shop, event.json(&json!({ "delta": -2 }))).await;

    assert_eq!(
        (first.status, &first.body["stock"], first.header("etag")),
        (200, &json!(2), "\"2\"")
    );
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (200, "true")
    );
    assert_eq!((&again.body, again.header("etag")), (&first.body, "\"2\""));
    assert_eq!(
        (other.status, other.problem()),
        (422, "idempotency-key-reused")
    );
    let kept = Products::new(shop.owner())
        .find(tea.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.stock.units(), kept.version.to_string()),
        (7, "3".to_owned())
    );
}

#[testkit::test]
async fn a_key_sent_many_times_at_once_takes_the_last_units_once() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 2).await;
    let products = Products::new(shop.database());
    let event = of(&shop, &tea)
        .caller("clerk", "")
        .json(&json!({ "delta": -2 }))
        .header("idempotency-key", "k");

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&products, adjust, event.clone()))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body["stock"]), (200, &json!(0)));
    }
}

#[testkit::test]
async fn a_key_respects_the_range_of_stock() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    let event = of(&shop, &tea)
        .caller("clerk", "")
        .header("idempotency-key", "k");

    let answer = post_stock(&shop, event.json(&json!({ "delta": -4 }))).await;

    assert_eq!(
        (answer.status, answer.problem()),
        (409, "stock-out-of-range")
    );
}

#[testkit::test]
async fn the_stock_never_falls_below_zero() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let answer = post_stock(&shop, of(&shop, &tea).json(&json!({ "delta": -4 }))).await;

    assert_eq!(
        (answer.status, answer.problem()),
        (409, "stock-out-of-range")
    );
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .starts_with("there are 3 in stock")
    );
    assert_eq!(
        Products::new(shop.owner()).find(tea.id).await.unwrap(),
        Some(tea)
    );
}

#[testkit::test]
async fn the_stock_never_exceeds_its_maximum() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 1).await;

    let most = post_stock(
        &shop,
        of(&shop, &tea).json(&json!({ "delta": 1_000_000_000 })),
    )
    .await;

    assert_eq!((most.status, most.problem()), (409, "stock-out-of-range"));
}

#[testkit::test]
async fn thirty_of_fifty_takers_get_one_of_thirty() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 30).await;
    let products = Products::new(shop.database());

    let calls = (0..50).map(|_| {
        answer(
            &products,
            adjust,
            of(&shop, &tea).json(&json!({ "delta": -1 })),
        )
    });
    let statuses: Vec<_> = testkit::all_at_once(calls)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();

    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        30,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        20,
        "{statuses:?}"
    );
    let left = Products::new(shop.owner())
        .find(tea.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(left.stock.units(), 0);
}

#[testkit::test]
async fn an_invalid_delta_is_a_422() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    for delta in [
        json!(0),
        json!(1.5),
        json!("1"),
        json!(null),
        json!(1_000_000_001),
        json!(-1_000_000_001),
        json!(1e300),
    ] {
        let answer = post_stock(&shop, of(&shop, &tea).json(&json!({ "delta": delta }))).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (422, vec!["/delta"]),
            "{delta}"
        );
    }
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .path("productId", domain::ProductId::generate())
        .json(&json!({ "delta": 1 }));

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("productId"),
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| post_stock(&shop, event).await,
    )
    .await;
}
