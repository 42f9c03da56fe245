use domain::Product;
use samples::{Shop, new_product};
use serde_json::{Value, json};
use store::Products;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn post_order(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), place, event).await
}

fn of_ada(shop: &Shop, lines: &[(&Product, i64)]) -> Event {
    shop.event().caller("ada", "").json(&body(lines))
}

fn body(lines: &[(&Product, i64)]) -> Value {
    let line =
        |(product, units): &(&Product, i64)| json!({ "productId": product.id, "quantity": units });
    json!({ "items": lines.iter().map(line).collect::<Vec<_>>() })
}

#[testkit::test]
async fn an_order_has_the_current_prices_and_takes_the_stock() {
    let shop = Shop::open().await;
    let (tea, jam) = (
        shop.product("TEA-1", 5).await,
        shop.product("JAM-1", 9).await,
    );

    let answer = post_order(&shop, of_ada(&shop, &[(&jam, 2), (&tea, 5)])).await;

    assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""));
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/orders/{id}"));
    let line = |product: &Product, units: u64| {
        json!({
            "productId": product.id,
            "quantity": units,
            "name": "Darjeeling",
            "unitPrice": { "amount": 1999, "currency": "EUR" },
            "total": { "amount": 1999 * units, "currency": "EUR" },
        })
    };
    let expected = json!({
        "id": id,
        "status": "placed",
        "items": [line(&jam, 2), line(&tea, 5)],
        "total": { "amount": 13_993, "currency": "EUR" },
        "createdAt": answer.body["createdAt"],
    });
    assert_eq!(answer.body, expected);
    assert_eq!((shop.stock(&tea).await, shop.stock(&jam).await), (0, 7));
    let kept = Orders::new(shop.owner())
        .find(&"ada".parse().unwrap(), id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
}

#[testkit::test]
async fn an_order_may_have_fifty_lines() {
    let shop = Shop::open().await;
    let mut products = Vec::new();
    for n in 0..50 {
        products.push(shop.product(&format!("SKU-{n}"), 1).await);
    }

    let lines: Vec<(&Product, i64)> = products.iter().map(|product| (&**product, 1)).collect();
    let answer = post_order(&shop, of_ada(&shop, &lines).header("idempotency-key", "k")).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["total"]["amount"], 50 * 1999);
}

#[testkit::test]
async fn all_short_lines_are_reported_and_nothing_is_taken() {
    let shop = Shop::open().await;
    let (tea, jam, tin) = (
        shop.product("TEA-1", 5).await,
        shop.product("JAM-1", 0).await,
        shop.product("TIN-1", 9).await,
    );

    let answer = post_order(&shop, of_ada(&shop, &[(&tea, 6), (&tin, 1), (&jam, 1)])).await;

    assert_eq!((answer.status, answer.problem()), (409, "out-of-stock"));
    assert_eq!(
        answer.wrong_places(),
        ["/items/0/quantity", "/items/2/quantity"]
    );
    assert_eq!(answer.body["errors"][0]["detail"], "there are 5 left");
    assert_eq!(shop.stock(&tin).await, 9);
}

#[testkit::test]
async fn ten_of_forty_buyers_get_one_of_ten() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 10).await;
    let orders = Orders::new(shop.database());

    let buyers = (0..40).map(|n| {
        let event = shop
            .event()
            .caller(&format!("buyer-{n}"), "")
            .json(&body(&[(&tea, 1)]));
        answer(&orders, place, event)
    });
    let statuses: Vec<_> = testkit::all_at_once(buyers)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();

    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        10,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        30,
        "{statuses:?}"
    );
    assert_eq!(shop.stock(&tea).await, 0);
}

#[testkit::test]
async fn a_key_orders_once() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let event = of_ada(&shop, &[(&tea, 2)]).header("idempotency-key", "8e03978e");

    let first = post_order(&shop, event.clone()).await;
    let again = post_order(&shop, event).await;

    assert_eq!(
        (first.status, first.header("idempotency-replayed")),
        (201, "")
    );
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(again.body, first.body);
    assert_eq!(
        (again.header("location"), again.header("etag")),
        (first.header("location"), first.header("etag"))
    );
    assert_eq!(shop.stock(&tea).await, 3);
}

#[testkit::test]
async fn twins_order_the_last_units_once() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 2).await;
    let orders = Orders::new(shop.database());
    let event = of_ada(&shop, &[(&tea, 2)]).header("idempotency-key", "8e03978e");

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&orders, place, event.clone()))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
    assert_eq!(shop.stock(&tea).await, 0);
}

#[testkit::test]
async fn a_key_of_another_request_is_a_422() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    post_order(
        &shop,
        of_ada(&shop, &[(&tea, 1)]).header("idempotency-key", "k"),
    )
    .await;

    let answer = post_order(
        &shop,
        of_ada(&shop, &[(&tea, 2)]).header("idempotency-key", "k"),
    )
    .await;

    assert_eq!(
        (answer.status, answer.problem()),
        (422, "idempotency-key-reused")
    );
    assert_eq!(shop.stock(&tea).await, 4);
}

#[testkit::test]
async fn a_key_belongs_to_its_caller() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;

    for caller in ["ada", "bob"] {
        let event = shop
            .event()
            .caller(caller, "")
            .json(&body(&[(&tea, 1)]))
            .header("idempotency-key", "k");
        let answer = post_order(&shop, event).await;
        assert_eq!(
            (answer.status, answer.header("idempotency-replayed")),
            (201, ""),
            "{caller}"
        );
    }
}

#[testkit::test]
async fn a_key_of_a_refused_request_can_be_used_again() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 0).await;
    let event = of_ada(&shop, &[(&tea, 1)]).header("idempotency-key", "k");
    assert_eq!(post_order(&shop, event.clone()).await.status, 409);

    let delta = 1.try_into().unwrap();
    Products::new(shop.owner())
        .adjust_stock(tea.id, delta, None)
        .await
        .unwrap();
    let answer = post_order(&shop, event).await;

    assert_eq!(answer.status, 201);
}

#[testkit::test]
async fn an_invalid_key_is_a_400() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let long = "k".repeat(256);

    for key in ["", "\t", "schlüssel", &long] {
        let answer = post_order(
            &shop,
            of_ada(&shop, &[(&tea, 1)]).header("idempotency-key", key),
        )
        .await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["Idempotency-Key"]),
            "{key:?}"
        );
    }
}

#[testkit::test]
async fn all_invalid_lines_are_reported() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let yen = domain::Money {
        currency: domain::Currency::try_from("JPY".to_owned()).unwrap(),
        ..tea.price
    };
    let sushi = shop
        .add(domain::NewProduct {
            price: yen,
            ..new_product("SUSHI-1", 5)
        })
        .await;
    let unknown = domain::ProductId::generate();
    let line = |id: &str, quantity: Value| json!({ "productId": id, "quantity": quantity });
    let tea_id = tea.id.to_string();

    for (body, places) in [
        (json!({}), vec!["/items"]),
        (json!({ "items": 7 }), vec!["/items"]),
        (json!({ "items": [] }), vec!["/items"]),
        (
            json!({ "items": [7, {}] }),
            vec!["/items/0", "/items/1/productId", "/items/1/quantity"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(0))] }),
            vec!["/items/0/quantity"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1001))] }),
            vec!["/items/0/quantity"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1.5))] }),
            vec!["/items/0/quantity"],
        ),
        (
            json!({ "items": [line("7", json!(1))] }),
            vec!["/items/0/productId"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1)), line(&tea_id, json!(1))] }),
            vec!["/items/1/productId"],
        ),
        (
            json!({ "items": vec![line(&tea_id, json!(1)); 51] }),
            vec!["/items"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1)), line(&unknown.to_string(), json!(1))] }),
            vec!["/items/1/productId"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1)), line(&sushi.id.to_string(), json!(1))] }),
            vec!["/items"],
        ),
        (
            json!({ "items": [line(&tea_id, json!(1))], "total": 5 }),
            vec!["/total"],
        ),
    ] {
        let answer = post_order(&shop, shop.event().caller("ada", "").json(&body)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (422, places),
            "{body}"
        );
    }
    assert_eq!(shop.stock(&tea).await, 5);
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .caller("ada", "")
        .json(&json!({ "items": [{ "productId": domain::ProductId::generate(), "quantity": 1 }] }));

    refuses(
        &shop,
        event,
        &[
            Refusal::InvalidSubject,
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| post_order(&shop, event).await,
    )
    .await;
}
