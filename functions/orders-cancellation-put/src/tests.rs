use domain::Order;
use record::Expected;
use samples::Shop;
use store::Products;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn cancel_order(shop: &Shop, event: Event) -> Answer {
    answer(&Orders::new(shop.database()), cancel, event).await
}

fn of_ada(shop: &Shop, order: &Order) -> Event {
    shop.event().path("orderId", order.id).caller("ada", "")
}

#[testkit::test]
async fn a_cancelled_order_returns_its_units() {
    let shop = Shop::open().await;
    let (tea, jam) = (
        shop.product("TEA-1", 5).await,
        shop.product("JAM-1", 5).await,
    );
    let order = shop.order("ada", &[(&tea, 2), (&jam, 5)]).await;

    let answer = cancel_order(&shop, of_ada(&shop, &order)).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"2\""));
    assert_eq!(answer.body["status"], "cancelled");
    assert!(answer.body["cancelledAt"].is_string());
    assert_eq!((shop.stock(&tea).await, shop.stock(&jam).await), (5, 5));
    let kept = Orders::new(shop.owner())
        .find(&"ada".parse().unwrap(), order.id)
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
}

#[testkit::test]
async fn a_second_cancellation_changes_nothing() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let order = shop.order("ada", &[(&tea, 2)]).await;

    let first = cancel_order(&shop, of_ada(&shop, &order)).await;
    let second = cancel_order(&shop, of_ada(&shop, &order)).await;

    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(shop.stock(&tea).await, 5);
}

#[testkit::test]
async fn concurrent_cancellations_return_the_units_once() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let order = shop.order("ada", &[(&tea, 2)]).await;
    let orders = Orders::new(shop.database());

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&orders, cancel, of_ada(&shop, &order)))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    assert_eq!(shop.stock(&tea).await, 5);
}

#[testkit::test]
async fn an_order_of_a_deleted_product_can_be_cancelled() {
    let shop = Shop::open().await;
    let (tea, jam) = (
        shop.product("TEA-1", 5).await,
        shop.product("JAM-1", 5).await,
    );
    let order = shop.order("ada", &[(&tea, 2), (&jam, 5)]).await;
    Products::new(shop.owner())
        .remove(tea.id, &Expected::Any)
        .await
        .unwrap();

    let answer = cancel_order(&shop, of_ada(&shop, &order)).await;

    assert_eq!(answer.status, 200);
    assert_eq!(shop.stock(&jam).await, 5);
    assert_eq!(
        Products::new(shop.owner()).find(tea.id).await.unwrap(),
        None
    );
}

#[testkit::test]
async fn another_users_order_is_a_404() {
    let shop = Shop::open().await;
    let tea = shop.product("TEA-1", 5).await;
    let order = shop.order("ada", &[(&tea, 2)]).await;

    let answer = cancel_order(
        &shop,
        shop.event()
            .path("orderId", order.id)
            .caller("bob", "users:write"),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
    assert_eq!(shop.stock(&tea).await, 3);
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
        async |event| cancel_order(&shop, event).await,
    )
    .await;
}
