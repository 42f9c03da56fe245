use dynamodb::{Claim, CreateError};
use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn delete_user(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), delete, event).await
}

#[testkit::test]
async fn a_deleted_profile_frees_its_address() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = delete_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!((answer.status, answer.body), (204, serde_json::Value::Null));
    let users = Users::new(shop.owner());
    assert_eq!(users.find(&ada.id).await.unwrap(), None);
    users
        .create("bob".parse().unwrap(), samples::new_user("ada"), None)
        .await
        .expect("the address is free");
}

#[testkit::test]
async fn a_deleted_profile_is_deleted_from_its_receipt() {
    let shop = Shop::open().await;
    let users = Users::new(shop.owner());
    let claim = || Some(Claim::new("ada", "POST /users", "k", &["body"]));
    let create = || users.create("ada".parse().unwrap(), samples::new_user("ada"), claim());
    create().await.unwrap();

    let answer = delete_user(&shop, shop.event().path("userId", "ada").caller("ada", "")).await;

    assert_eq!(answer.status, 204);
    let replayed = create().await;
    assert!(
        matches!(replayed, Err(CreateError::OutcomeDeleted)),
        "{replayed:?}"
    );
    let found = users.find(&"ada".parse().unwrap()).await.unwrap();
    assert_eq!(found, None, "a replay creates nothing");
    let again = Claim::new("ada", "POST /users", "new", &["body"]);
    users
        .create(
            "ada".parse().unwrap(),
            samples::new_user("ada"),
            Some(again),
        )
        .await
        .expect("another key creates another profile");
}

#[testkit::test]
async fn a_second_deletion_is_a_404() {
    let shop = Shop::open().await;
    shop.user("ada").await;
    let event = shop.event().path("userId", "ada").caller("ada", "");

    delete_user(&shop, event.clone()).await;
    let answer = delete_user(&shop, event).await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
}

#[testkit::test]
async fn another_version_is_a_412() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;
    let tag = format!("\"{}\"", ada.version);
    let event = shop.event().path("userId", "ada").caller("ada", "");

    let stale = delete_user(&shop, event.clone().header("if-match", "\"2\"")).await;
    let nonsense = delete_user(&shop, event.clone().header("if-match", "2")).await;

    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition-failed")
    );
    assert_eq!(
        (nonsense.status, nonsense.wrong_places()),
        (400, vec!["If-Match"])
    );
    assert_eq!(
        Users::new(shop.owner()).find(&ada.id).await.unwrap(),
        Some(ada)
    );
    assert_eq!(
        delete_user(&shop, event.header("if-match", &tag))
            .await
            .status,
        204
    );
}

#[testkit::test]
async fn another_users_profile_needs_the_scope() {
    let shop = Shop::open().await;
    shop.user("ada").await;
    let event = shop.event().path("userId", "ada");

    let stranger = delete_user(&shop, event.clone().caller("bob", "users:read")).await;
    let writer = delete_user(&shop, event.caller("bob", "users:write")).await;

    assert_eq!((stranger.status, stranger.problem()), (404, "not-found"));
    assert_eq!(writer.status, 204);
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
        async |event| delete_user(&shop, event).await,
    )
    .await;
}
