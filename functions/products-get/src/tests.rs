use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn get_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), get, event).await
}

#[testkit::test]
async fn a_product_is_answered_with_a_version() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let answer = get_product(&shop, shop.event().path("productId", tea.id)).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"1\""));
    assert_eq!(answer.body, serde_json::to_value(&tea).unwrap());
}

#[testkit::test]
async fn a_version_that_the_client_has_is_a_304() {
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

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .path("productId", domain::ProductId::generate());

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("productId"),
            Refusal::BrokenDatabase,
        ],
        async |event| get_product(&shop, event).await,
    )
    .await;
}
