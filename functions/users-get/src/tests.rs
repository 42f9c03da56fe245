use record::Expected;
use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn get_user(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), get, event).await
}

#[testkit::test]
async fn a_profile_is_answered_with_its_version() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = get_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("etag"), format!("\"{}\"", ada.version));
    assert_eq!(answer.body, serde_json::to_value(&ada).unwrap());
}

#[testkit::test]
async fn a_profile_has_these_fields_only() {
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

#[testkit::test]
async fn a_version_that_the_client_has_is_a_304() {
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

#[testkit::test]
async fn versions_of_a_deleted_profile_are_not_used_again() {
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

#[testkit::test]
async fn another_users_profile_needs_the_scope() {
    let shop = Shop::open().await;
    shop.user("ada").await;
    let event = shop.event().path("userId", "ada");

    let stranger = get_user(&shop, event.clone().caller("bob", "users:write")).await;
    let reader = get_user(&shop, event.caller("bob", "users:read")).await;

    assert_eq!((stranger.status, stranger.problem()), (404, "not-found"));
    assert_eq!(reader.status, 200);
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop.event().path("userId", "ada").caller("ada", "");

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("userId"),
            Refusal::InvalidSubject,
            Refusal::BrokenDatabase,
        ],
        async |event| get_user(&shop, event).await,
    )
    .await;
}
