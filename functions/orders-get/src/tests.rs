use samples::Shop;
use testkit::{Answer, Event, answer};

use super::*;

async fn get_order(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), get, event).await
}

#[tokio::test]
async fn ones_own_order_is_answered_with_a_version() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let order = shop.order("ada", &[(&tea, 2)]).await;
    let event = shop.event().path("orderId", order.id).caller("ada", "");

    let answer = get_order(&shop, event.clone()).await;
    let had = get_order(&shop, event.clone().header("if-none-match", "\"1\"")).await;
    let nonsense = get_order(&shop, event.header("if-none-match", "1")).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"1\""));
    assert_eq!(answer.body, serde_json::to_value(&order).unwrap());
    assert_eq!(had.status, 304);
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["If-None-Match"])
    );
}

#[tokio::test]
async fn somebody_elses_order_is_a_404_whatever_the_scopes() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let order = shop.order("ada", &[(&tea, 2)]).await;

    let answer = get_order(
        &shop,
        shop.event()
            .path("orderId", order.id)
            .caller("bob", "users:read orders:read"),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
}

#[tokio::test]
async fn an_unknown_id_is_a_404_and_no_id_a_400() {
    let shop = Shop::open().await;

    let unknown = shop
        .event()
        .path("orderId", domain::OrderId::generate())
        .caller("ada", "");
    let unknown = get_order(&shop, unknown).await;
    let nonsense = get_order(&shop, shop.event().path("orderId", "7").caller("ada", "")).await;

    assert_eq!((unknown.status, unknown.problem()), (404, "not-found"));
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["orderId"])
    );
}

#[tokio::test]
async fn a_subject_that_is_no_id_is_a_403() {
    let shop = Shop::open().await;

    let answer = get_order(
        &shop,
        shop.event()
            .path("orderId", domain::OrderId::generate())
            .caller("a/b", ""),
    )
    .await;

    assert_eq!(
        (answer.status, answer.problem()),
        (403, "unsupported-subject")
    );
}

#[tokio::test]
async fn a_broken_database_is_a_500_that_tells_nothing() {
    let shop = Shop::open().await;
    shop.break_database().await;

    let answer = get_order(
        &shop,
        shop.event()
            .path("orderId", domain::OrderId::generate())
            .caller("ada", ""),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (500, "internal"));
}
