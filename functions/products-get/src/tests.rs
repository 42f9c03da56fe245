use samples::Shop;
use testkit::{Answer, Event, answer};

use super::*;

async fn get_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), get, event).await
}

#[tokio::test]
async fn a_product_is_answered_with_a_version() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let answer = get_product(&shop, shop.event().path("productId", tea.id)).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"1\""));
    assert_eq!(answer.body, serde_json::to_value(&tea).unwrap());
}

#[tokio::test]
async fn a_version_the_client_has_is_a_304() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    let event = shop.event().path("productId", tea.id);

    let same = get_product(&shop, event.clone().header("if-none-match", "W/\"1\"")).await;
    let nonsense = get_product(&shop, event.header("if-none-match", "one")).await;

    assert_eq!((same.status, same.header("etag")), (304, "\"1\""));
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["If-None-Match"])
    );
}

#[tokio::test]
async fn an_unknown_id_is_a_404() {
    let shop = Shop::open().await;

    let answer = get_product(
        &shop,
        shop.event()
            .path("productId", domain::ProductId::generate()),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
}

#[tokio::test]
async fn an_id_that_is_no_id_is_a_400() {
    let shop = Shop::open().await;

    for id in [
        "7",
        "",
        "..",
        "0192F7A0-0000-7000-8000-000000000000",
        "0192f7a0000070008000000000000000",
        "é",
    ] {
        let answer = get_product(&shop, shop.event().path("productId", id)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["productId"]),
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn a_broken_database_is_a_500_that_tells_nothing() {
    let shop = Shop::open().await;
    shop.break_database().await;

    let answer = get_product(
        &shop,
        shop.event()
            .path("productId", domain::ProductId::generate()),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (500, "internal"));
}
