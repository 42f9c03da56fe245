use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn delete_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), delete, event).await
}

#[testkit::test]
async fn a_deleted_product_frees_its_sku() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;

    let answer = delete_product(&shop, shop.event().path("productId", tea.id)).await;

    assert_eq!((answer.status, answer.body), (204, serde_json::Value::Null));
    assert_eq!(
        Products::new(shop.owner()).find(tea.id).await.unwrap(),
        None
    );
    shop.product("TEA-1", 1).await;
}

#[testkit::test]
async fn another_version_is_a_412() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 3).await;
    let event = shop.event().path("productId", tea.id);

    let stale = delete_product(&shop, event.clone().header("if-match", "\"2\"")).await;
    let nonsense = delete_product(&shop, event.clone().header("if-match", "2")).await;

    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition-failed")
    );
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["If-Match"])
    );
    assert_eq!(
        delete_product(&shop, event.header("if-match", "\"1\""))
            .await
            .status,
        204
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
        async |event| delete_product(&shop, event).await,
    )
    .await;
}
