use record::Expected;
use samples::Shop;
use testkit::{Answer, Event, answer};

use super::*;

async fn get_user(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), get, event).await
}

#[tokio::test]
async fn oneself_is_answered_with_a_version() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("etag"), format!("\"{}\"", ada.version));
    assert_eq!(answer.body, serde_json::to_value(&ada).unwrap());
}

#[tokio::test]
async fn a_user_has_these_fields_and_no_more() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    let expected = serde_json::json!({
        "id": "ada",
        "email": "ada@example.org",
        "name": "ada",
        "createdAt": ada.created_at.to_string(),
        "updatedAt": ada.updated_at.to_string(),
    });
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_version_the_client_has_is_a_304() {
    let shop = Shop::open().await;
    let tag = format!("\"{}\"", shop.user("ada").await.version);
    let event = shop.event().path("userId", "ada").caller("ada", "");

    let same = get_user(&shop, event.clone().header("if-none-match", &tag)).await;
    let other = get_user(&shop, event.clone().header("if-none-match", "\"2\"")).await;
    let nonsense = get_user(&shop, event.header("if-none-match", "1")).await;

    assert_eq!((same.status, same.header("etag")), (304, tag.as_str()));
    assert_eq!(other.status, 200);
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["If-None-Match"])
    );
}

#[tokio::test]
async fn a_version_of_who_left_is_none_of_who_came_back() {
    let shop = Shop::open().await;
    let left = shop.user("ada").await;
    let users = Users::new(shop.owner());
    users.remove(&left.id, &Expected::Any).await.unwrap();
    let back = shop.user("ada").await;
    let event = shop.event().path("userId", "ada").caller("ada", "");

    let answer = get_user(
        &shop,
        event.header("if-none-match", &format!("\"{}\"", left.version)),
    )
    .await;

    assert_eq!(answer.status, 200);
    assert_ne!(back.version, left.version);
}

#[tokio::test]
async fn somebody_else_is_a_404_without_the_scope() {
    let shop = Shop::open().await;
    shop.user("ada").await;
    let event = shop.event().path("userId", "ada");

    let stranger = get_user(&shop, event.clone().caller("bob", "users:write")).await;
    let reader = get_user(&shop, event.caller("bob", "users:read")).await;

    assert_eq!((stranger.status, stranger.problem()), (404, "not-found"));
    assert_eq!(reader.status, 200);
}

#[tokio::test]
async fn an_unknown_id_is_a_404() {
    let shop = Shop::open().await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
}

#[tokio::test]
async fn an_id_that_is_no_id_is_a_400() {
    let shop = Shop::open().await;
    let long = "a".repeat(300);

    for id in ["a b", "a%2Fb", "é", "a\0", &long] {
        let answer = get_user(
            &shop,
            shop.event().path("userId", id).caller("ada", "users:read"),
        )
        .await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["userId"]),
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn a_subject_that_is_no_id_is_a_403() {
    let shop = Shop::open().await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("a/b", "")).await;

    assert_eq!(
        (answer.status, answer.problem()),
        (403, "unsupported-subject")
    );
}

#[tokio::test]
async fn a_broken_database_is_a_500_that_tells_nothing() {
    let shop = Shop::open().await;
    shop.break_database().await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!((answer.status, answer.problem()), (500, "internal"));
}
