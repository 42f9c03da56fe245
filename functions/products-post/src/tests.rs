use samples::Shop;
use serde_json::{Value, json};
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn post_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), add, event).await
}

fn tea() -> Value {
    json!({
        "sku": "TEA-1",
        "name": "Darjeeling",
        "category": "Tea",
        "price": { "amount": 1999, "currency": "EUR" },
        "stock": 30,
        "description": "First flush.\nIn a tin."
    })
}

#[testkit::test]
async fn a_product_is_added_under_a_new_id() {
    let shop = Shop::open().await;

    let answer = post_product(&shop, shop.event().json(&tea())).await;

    assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""));
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/products/{id}"));
    for (field, value) in tea().as_object().unwrap() {
        assert_eq!(&answer.body[field], value, "{field}");
    }
    let kept = Products::new(shop.owner())
        .find(id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
}

#[testkit::test]
async fn a_key_adds_one_product() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .caller("clerk", "")
        .json(&tea())
        .header("idempotency-key", "k");

    let first = post_product(&shop, event.clone()).await;
    let again = post_product(&shop, event.clone()).await;
    let other = post_product(&shop, event.json(&json!({ "sku": "TEA-2" }))).await;
    let others = shop.event().caller("clerk", "").json(&json!({ "sku": "TEA-2", "name": "T", "category": "T", "price": { "amount": 1, "currency": "EUR" }, "stock": 1 }));
    let reused = post_product(&shop, others.header("idempotency-key", "k")).await;

    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(again.body, first.body);
    assert_eq!((other.status, other.problem()), (422, "invalid-body"));
    assert_eq!(
        (reused.status, reused.problem()),
        (422, "idempotency-key-reused")
    );
}

#[testkit::test]
async fn a_key_sent_many_times_at_once_adds_one_product() {
    let shop = Shop::open().await;
    let products = Products::new(shop.database());
    let event = shop
        .event()
        .caller("clerk", "")
        .json(&tea())
        .header("idempotency-key", "k");

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&products, add, event.clone()))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
}

#[testkit::test]
async fn a_product_needs_no_description() {
    let shop = Shop::open().await;
    let mut body = tea();
    body.as_object_mut().unwrap().remove("description");

    let answer = post_product(&shop, shop.event().json(&body)).await;

    assert_eq!((answer.status, answer.body.get("description")), (201, None));
}

#[testkit::test]
async fn a_second_product_of_one_sku_is_a_409() {
    let shop = Shop::open().await;
    shop.product("TEA-1", 5).await;

    let answer = post_product(&shop, shop.event().json(&tea())).await;

    assert_eq!((answer.status, answer.problem()), (409, "sku-taken"));
}

#[testkit::test]
async fn all_invalid_fields_are_reported_at_once() {
    let shop = Shop::open().await;

    for (field, value, place) in [
        ("sku", json!("tea 1"), "/sku"),
        ("name", json!(""), "/name"),
        ("category", json!("a".repeat(61)), "/category"),
        ("price", json!(1999), "/price"),
        (
            "price",
            json!({ "amount": -1, "currency": "EUR" }),
            "/price/amount",
        ),
        (
            "price",
            json!({ "amount": 19.99, "currency": "EUR" }),
            "/price/amount",
        ),
        (
            "price",
            json!({ "amount": 9_007_199_254_740_992_u64, "currency": "EUR" }),
            "/price/amount",
        ),
        (
            "price",
            json!({ "amount": u64::MAX, "currency": "EUR" }),
            "/price/amount",
        ),
        (
            "price",
            json!({ "amount": "1999", "currency": "EUR" }),
            "/price/amount",
        ),
        (
            "price",
            json!({ "amount": 1, "currency": "XXX" }),
            "/price/currency",
        ),
        (
            "price",
            json!({ "amount": 1, "currency": "EUR", "tax": 1 }),
            "/price/tax",
        ),
        ("stock", json!(-1), "/stock"),
        ("stock", json!(1_000_000_001), "/stock"),
        ("stock", json!(1e30), "/stock"),
        ("stock", json!(true), "/stock"),
        ("description", json!("\u{0}"), "/description"),
        ("description", json!("a".repeat(2001)), "/description"),
        ("id", json!("mine"), "/id"),
    ] {
        let mut body = tea();
        body[field] = value;
        let answer = post_product(&shop, shop.event().json(&body)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (422, vec![place]),
            "{body}"
        );
    }
    let answer = post_product(&shop, shop.event().json(&json!({ "price": {} }))).await;
    let all = [
        "/price/amount",
        "/price/currency",
        "/sku",
        "/name",
        "/category",
        "/stock",
    ];
    assert_eq!((answer.status, answer.wrong_places()), (422, all.to_vec()));
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop.event().json(&tea());

    refuses(
        &shop,
        event,
        &[Refusal::InvalidBody, Refusal::BrokenDatabase],
        async |event| post_product(&shop, event).await,
    )
    .await;
}
