use domain::{NewProduct, Product};
use samples::{Shop, new_product};
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn list_products(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), list, event).await
}

async fn add(shop: &Shop, sku: &str, category: &str) -> Product {
    let new = NewProduct {
        category: category.parse().unwrap(),
        ..new_product(sku, 1)
    };
    shop.add(new).await.entity
}

/// The SKUs of all pages, from `event` on.
async fn all_pages(shop: &Shop, event: Event) -> Vec<String> {
    let mut skus = Vec::new();
    let mut page = event.clone();
    loop {
        let answer = list_products(shop, page).await;
        assert_eq!(answer.status, 200);
        let items = answer.body["items"].as_array().unwrap();
        skus.extend(
            items
                .iter()
                .map(|product| product["sku"].as_str().unwrap().to_owned()),
        );
        match answer.body["next"].as_str() {
            Some(cursor) => page = event.clone().query("cursor", cursor),
            None => return skus,
        }
    }
}

#[testkit::test]
async fn every_product_is_on_one_page() {
    let shop = Shop::open().await;
    for n in 0..7 {
        add(&shop, &format!("SKU-{n}"), "Tea").await;
    }

    let mut skus = all_pages(&shop, shop.event().query("limit", "3")).await;

    skus.sort();
    assert_eq!(skus, (0..7).map(|n| format!("SKU-{n}")).collect::<Vec<_>>());
}

#[testkit::test]
async fn a_category_is_listed_alone_and_oldest_first() {
    let shop = Shop::open().await;
    for n in 0..5 {
        add(&shop, &format!("TEA-{n}"), "Tea & Coffee").await;
        add(&shop, &format!("JAM-{n}"), "Jam").await;
    }

    let skus = all_pages(
        &shop,
        shop.event()
            .query("category", "Tea & Coffee")
            .query("limit", "2"),
    )
    .await;

    assert_eq!(skus, (0..5).map(|n| format!("TEA-{n}")).collect::<Vec<_>>());
}

#[testkit::test]
async fn the_link_to_the_next_page_keeps_the_category() {
    let shop = Shop::open().await;
    add(&shop, "TEA-1", "Tea & Coffee").await;
    add(&shop, "TEA-2", "Tea & Coffee").await;

    let answer = list_products(
        &shop,
        shop.event()
            .query("category", "Tea & Coffee")
            .query("limit", "1"),
    )
    .await;

    let link = answer.header("link");
    assert!(
        link.starts_with("</products?") && link.ends_with(">; rel=\"next\""),
        "{link}"
    );
    assert!(
        link.contains("category=Tea+%26+Coffee&limit=1&cursor="),
        "{link}"
    );
}

#[testkit::test]
async fn a_product_has_these_fields_only() {
    let shop = Shop::open().await;
    let tea = add(&shop, "TEA-1", "Tea").await;

    let answer = list_products(&shop, shop.event()).await;

    let expected = serde_json::json!({
        "id": tea.id.to_string(),
        "sku": "TEA-1",
        "name": "Darjeeling",
        "category": "Tea",
        "price": { "amount": 1999, "currency": "EUR" },
        "stock": 1,
        "createdAt": tea.created_at.to_string(),
        "updatedAt": tea.updated_at.to_string(),
    });
    assert_eq!(
        answer.body,
        serde_json::json!({ "items": [expected], "next": null })
    );
}

#[testkit::test]
async fn a_cursor_of_another_list_is_a_400() {
    let shop = Shop::open().await;
    for n in 0..3 {
        add(&shop, &format!("TEA-{n}"), "Tea").await;
    }
    let of_tea = shop.event().query("category", "Tea").query("limit", "1");
    let next = list_products(&shop, of_tea).await.body["next"]
        .as_str()
        .unwrap()
        .to_owned();

    for event in [shop.event(), shop.event().query("category", "Jam")] {
        let answer = list_products(&shop, event.query("cursor", &next)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["cursor"])
        );
    }
}

#[testkit::test]
async fn all_invalid_parameters_are_reported_at_once() {
    let shop = Shop::open().await;

    let answer = list_products(
        &shop,
        shop.event()
            .query("category", "")
            .query("limit", "0")
            .query("colour", "red"),
    )
    .await;

    assert_eq!(
        (answer.status, answer.problem()),
        (400, "invalid-parameter")
    );
    assert_eq!(answer.wrong_places(), ["category", "limit", "colour"]);
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop.event();

    refuses(&shop, event, &[Refusal::BrokenDatabase], async |event| {
        list_products(&shop, event).await
    })
    .await;
}
