use samples::Shop;
use testkit::{Answer, Event, answer};

use super::*;

async fn delete_product(shop: &Shop, event: Event) -> Answer {
    answer(&Products::new(shop.database()), delete, event).await
}

#[tokio::test]
async fn a_product_is_gone_and_its_sku_free() {
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

#[tokio::test]
async fn another_version_is_a_412_and_stays() {
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

#[tokio::test]
async fn an_unknown_id_is_a_404_and_no_id_a_400() {
    let shop = Shop::open().await;

    let unknown = delete_product(
        &shop,
        shop.event()
            .path("productId", domain::ProductId::generate()),
    )
    .await;
    let nonsense = delete_product(&shop, shop.event().path("productId", "7")).await;

    assert_eq!((unknown.status, unknown.problem()), (404, "not-found"));
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["productId"])
    );
}

#[tokio::test]
async fn a_broken_database_is_a_500_that_tells_nothing() {
    let shop = Shop::open().await;
    shop.break_database().await;

    let answer = delete_product(
        &shop,
        shop.event()
            .path("productId", domain::ProductId::generate()),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (500, "internal"));
}
