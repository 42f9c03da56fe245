use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn get_order(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), get, event).await
}

#[testkit::test]
async fn an_order_is_answered_with_its_version() {
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

#[testkit::test]
async fn another_users_order_is_a_404_with_any_scope() {
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

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .path("orderId", domain::OrderId::generate())
        .caller("ada", "");

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("orderId"),
            Refusal::InvalidSubject,
            Refusal::BrokenDatabase,
        ],
        async |event| get_order(&shop, event).await,
    )
    .await;
}
