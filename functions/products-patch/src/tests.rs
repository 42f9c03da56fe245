use domain::Product;
use samples::Shop;
use serde_json::{Value, json};
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn patch_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), patch, event).await
}

fn of(shop: &Shop, product: &Product) -> Event {
    shop.event().path("productId", product.id)
}

#[testkit::test]
async fn changed_fields_leave_the_others() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let body = json!({ "name": "Assam", "category": "Black tea", "description": "Strong." });
    let answer = patch_product(&shop, of(&shop, &tea).json(&body)).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"2\""));
    let mut expected = serde_json::to_value(&tea).unwrap();
    for (field, value) in body.as_object().unwrap() {
        expected[field] = value.clone();
    }
    expected["updatedAt"] = answer.body["updatedAt"].clone();
    assert_eq!(answer.body, expected);
}

#[testkit::test]
async fn a_price_is_merged_part_by_part() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let amount = patch_product(
        &shop,
        of(&shop, &tea).json(&json!({ "price": { "amount": 5 } })),
    )
    .await;
    let currency = patch_product(
        &shop,
        of(&shop, &tea).json(&json!({ "price": { "currency": "JPY" } })),
    )
    .await;

    assert_eq!(
        amount.body["price"],
        json!({ "amount": 5, "currency": "EUR" })
    );
    assert_eq!(
        currency.body["price"],
        json!({ "amount": 5, "currency": "JPY" })
    );
}

#[testkit::test]
async fn null_removes_the_description() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    patch_product(
        &shop,
        of(&shop, &tea).json(&json!({ "description": "Strong." })),
    )
    .await;

    let answer = patch_product(&shop, of(&shop, &tea).json(&json!({ "description": null }))).await;

    assert_eq!((answer.status, answer.body.get("description")), (200, None));
}

#[testkit::test]
async fn a_changed_sku_moves_its_reservation() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let body = json!({ "sku": "TEA-2", "description": null, "price": { "amount": 7 } });
    let answer = patch_product(&shop, of(&shop, &tea).json(&body)).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"2\""));
    let products = Products::new(shop.owner());
    let kept = products.find(tea.id).await.unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
    shop.product("TEA-1", 1).await;
    products
        .create(samples::new_product("TEA-2", 1), None)
        .await
        .expect_err("the new SKU is taken");
}

#[testkit::test]
async fn another_products_sku_is_a_409() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    shop.product("TEA-2", 3).await;

    let answer = patch_product(
        &shop,
        of(&shop, &tea).json(&json!({ "sku": "TEA-2", "name": "X" })),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (409, "sku-taken"));
    assert_eq!(
        Products::new(shop.owner()).find(tea.id).await.unwrap(),
        Some(tea)
    );
}

#[testkit::test]
async fn a_change_of_another_version_is_a_412() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    for body in [json!({ "name": "A" }), json!({ "sku": "TEA-9" }), json!({})] {
        let answer = patch_product(
            &shop,
            of(&shop, &tea).header("if-match", "\"2\"").json(&body),
        )
        .await;
        assert_eq!(
            (answer.status, answer.problem()),
            (412, "precondition-failed"),
            "{body}"
        );
    }
}

#[testkit::test]
async fn concurrent_changes_are_all_merged() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    let products = Products::new(shop.database());
    let bodies: [Value; 4] = [
        json!({ "name": "Assam" }),
        json!({ "category": "Black tea" }),
        json!({ "sku": "TEA-9" }),
        json!({ "price": { "amount": 7 } }),
    ];

    let calls = bodies
        .iter()
        .map(|body| answer(&products, patch, of(&shop, &tea).json(body)));
    for answer in testkit::all_at_once(calls).await {
        assert_eq!(answer.status, 200);
    }

    let kept = products.find(tea.id).await.unwrap().unwrap();
    assert_eq!(
        (
            kept.name.as_str(),
            kept.category.as_str(),
            kept.sku.as_str(),
            kept.price.amount.minor_units()
        ),
        ("Assam", "Black tea", "TEA-9", 7)
    );
    assert_eq!(kept.version.to_string(), "5");
}

#[testkit::test]
async fn fields_that_cannot_change_are_reported() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    for (body, places) in [
        (json!({ "stock": 5 }), vec!["/stock"]),
        (
            json!({ "name": null, "price": null, "sku": null }),
            vec!["/name", "/price", "/sku"],
        ),
        (
            json!({ "price": { "amount": null, "currency": "euro", "tax": 0 } }),
            vec!["/price/amount", "/price/currency", "/price/tax"],
        ),
        (json!({ "price": 5 }), vec!["/price"]),
        (json!({ "description": "" }), vec!["/description"]),
    ] {
        let answer = patch_product(&shop, of(&shop, &tea).json(&body)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (422, places),
            "{body}"
        );
    }
}

#[testkit::test]
async fn invalid_parameters_are_a_400() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let id = patch_product(&shop, shop.event().path("productId", "7").json(&json!({}))).await;
    let tag = patch_product(
        &shop,
        of(&shop, &tea).header("if-match", "1").json(&json!({})),
    )
    .await;

    assert_eq!((id.status, id.wrong_places()), (400, vec!["productId"]));
    assert_eq!((tag.status, tag.wrong_places()), (400, vec!["If-Match"]));
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .path("productId", domain::ProductId::generate())
        .json(&json!({ "name": "A" }));

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("productId"),
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| patch_product(&shop, event).await,
    )
    .await;
}
