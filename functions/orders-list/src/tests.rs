use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn list_orders(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), list, event).await
}

#[testkit::test]
async fn the_callers_orders_are_listed_newest_first() {
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

#[testkit::test]
async fn another_users_cursor_lists_none_of_their_orders() {
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

#[testkit::test]
async fn all_invalid_parameters_are_reported_at_once() {
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

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop.event().caller("ada", "");

    refuses(
        &shop,
        event,
        &[Refusal::InvalidSubject, Refusal::BrokenDatabase],
        async |event| list_orders(&shop, event).await,
    )
    .await;
}
