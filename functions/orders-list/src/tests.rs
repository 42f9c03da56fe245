use samples::Shop;
use testkit::{Answer, Event, answer};

use super::*;

async fn list_orders(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), list, event).await
}

#[tokio::test]
async fn ones_own_orders_are_listed_newest_first_page_by_page() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 100).await;
    let mut placed = Vec::new();
    for _ in 0..7 {
        placed.push(shop.order("ada", &[(&tea, 1)]).await.id.to_string());
        shop.order("bob", &[(&tea, 1)]).await;
    }

    let mut seen = Vec::new();
    let of_ada = shop.event().caller("ada", "").query("limit", "3");
    let mut event = of_ada.clone();
    loop {
        let answer = list_orders(&shop, event).await;
        assert_eq!(answer.status, 200);
        let items = answer.body["items"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|order| order["id"].as_str().unwrap().to_owned()),
        );
        match answer.body["next"].as_str() {
            Some(cursor) => event = of_ada.clone().query("cursor", cursor),
            None => break,
        }
    }

    placed.reverse();
    assert_eq!(seen, placed);
}

#[tokio::test]
async fn somebody_elses_orders_are_not_there_not_even_by_their_cursor() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 100).await;
    for _ in 0..3 {
        shop.order("ada", &[(&tea, 1)]).await;
    }
    let of_ada = shop.event().caller("ada", "").query("limit", "1");
    let cursor = list_orders(&shop, of_ada).await.body["next"]
        .as_str()
        .unwrap()
        .to_owned();

    let list = list_orders(&shop, shop.event().caller("bob", "users:read")).await;
    let stolen = list_orders(
        &shop,
        shop.event().caller("bob", "").query("cursor", &cursor),
    )
    .await;

    assert_eq!(list.body, serde_json::json!({ "items": [], "next": null }));
    assert_eq!(
        (stolen.status, stolen.wrong_places()),
        (400, vec!["cursor"])
    );
}

#[tokio::test]
async fn parameters_that_are_wrong_are_named_at_once() {
    let shop = Shop::open().await;

    let answer = list_orders(
        &shop,
        shop.event()
            .caller("ada", "")
            .query("limit", "1e9")
            .query("user", "bob"),
    )
    .await;

    assert_eq!(
        (answer.status, answer.wrong_places()),
        (400, vec!["limit", "user"])
    );
}

#[tokio::test]
async fn a_subject_that_is_no_id_is_a_403() {
    let shop = Shop::open().await;

    let answer = list_orders(&shop, shop.event().caller("a/b", "")).await;

    assert_eq!(
        (answer.status, answer.problem()),
        (403, "unsupported-subject")
    );
}

#[tokio::test]
async fn a_broken_database_is_a_500_that_tells_nothing() {
    let shop = Shop::open().await;
    shop.break_database().await;

    let answer = list_orders(&shop, shop.event().caller("ada", "")).await;

    assert_eq!((answer.status, answer.problem()), (500, "internal"));
}
