use record::{Expected, Version};
use samples::Shop;
use serde_json::json;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn patch_user(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), patch, event).await
}

/// The `ETag` of a version.
fn tag(version: Version) -> String {
    format!("\"{version}\"")
}

/// A change of `ada` by herself.
fn of_ada(shop: &Shop) -> Event {
    shop.event().path("userId", "ada").caller("ada", "")
}

#[testkit::test]
async fn a_changed_field_leaves_the_others() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = patch_user(
        &shop,
        of_ada(&shop).json(&json!({ "name": "Ada Lovelace" })),
    )
    .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("etag"), tag(ada.version.next()));
    assert_eq!(answer.body["name"], "Ada Lovelace");
    assert_eq!(answer.body["email"], "ada@example.org");
    assert_eq!(answer.body["createdAt"], ada.created_at.to_string());
    let kept = Users::new(shop.owner()).find(&ada.id).await.unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
}

#[testkit::test]
async fn a_changed_address_moves_its_reservation() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = patch_user(
        &shop,
        of_ada(&shop).json(&json!({ "email": "countess@example.org", "name": "A" })),
    )
    .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("etag"), tag(ada.version.next()));
    let users = Users::new(shop.owner());
    let kept = users.find(&ada.id).await.unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
    users
        .create("eve".parse().unwrap(), samples::new_user("countess"), None)
        .await
        .expect_err("the new address is taken");
    users
        .create("bob".parse().unwrap(), samples::new_user("ada"), None)
        .await
        .expect("the old address is free");
}

#[testkit::test]
async fn a_lost_answer_does_not_make_a_change_fail() {
    let shop = Shop::open().await;
    let mut ada = shop.user("ada").await;
    shop.inject_faults("lose-answer=0.5");

    for name in ["A", "Ad", "Ada", "Ada L", "Ada Lovelace"] {
        let change = of_ada(&shop)
            .header("if-match", &tag(ada.version))
            .json(&json!({ "name": name }));
        let answer = patch_user(&shop, change).await;

        // When the response is lost, the outcome is unknown.
        assert!([200, 503].contains(&answer.status), "{name}: {answer:?}");
        let kept = Users::new(shop.owner()).find(&ada.id).await.unwrap();
        ada = kept.expect("nobody deletes her");
        assert_eq!(ada.name.to_string(), name);
    }
}

#[testkit::test]
async fn an_address_can_change_its_case() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;

    let answer = patch_user(
        &shop,
        of_ada(&shop).json(&json!({ "email": "Ada@Example.org" })),
    )
    .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("etag"), tag(ada.version.next()));
    assert_eq!(answer.body["email"], "Ada@Example.org");
}

#[testkit::test]
async fn another_users_address_is_a_409() {
    let shop = Shop::open().await;
    let ada = shop.user("ada").await;
    shop.user("bob").await;

    let answer = patch_user(
        &shop,
        of_ada(&shop).json(&json!({ "email": "BOB@example.org", "name": "X" })),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (409, "email-taken"));
    assert_eq!(
        Users::new(shop.owner()).find(&ada.id).await.unwrap(),
        Some(ada)
    );
}

#[testkit::test]
async fn an_empty_patch_changes_nothing() {
    let shop = Shop::open().await;
    let tag = tag(shop.user("ada").await.version);

    let answer = patch_user(&shop, of_ada(&shop).json(&json!({}))).await;
    let stale = patch_user(
        &shop,
        of_ada(&shop).header("if-match", "\"7\"").json(&json!({})),
    )
    .await;

    assert_eq!((answer.status, answer.header("etag")), (200, tag.as_str()));
    assert_eq!(stale.status, 412);
}

#[testkit::test]
async fn a_change_of_another_version_is_a_412() {
    let shop = Shop::open().await;
    let tag = tag(shop.user("ada").await.version);

    for body in [json!({ "name": "A" }), json!({ "email": "a@example.org" })] {
        for tag in ["\"2\"", "\"abc\"", &format!("W/{tag}")] {
            let answer = patch_user(&shop, of_ada(&shop).header("if-match", tag).json(&body)).await;
            assert_eq!(
                (answer.status, answer.problem()),
                (412, "precondition-failed"),
                "{tag} {body}"
            );
        }
    }
    let answer = patch_user(
        &shop,
        of_ada(&shop)
            .header("if-match", &format!("\"9\", {tag}"))
            .json(&json!({ "name": "A" })),
    )
    .await;
    assert_eq!(answer.status, 200);
}

#[testkit::test]
async fn versions_of_a_deleted_profile_are_not_used_again() {
    let shop = Shop::open().await;
    let left = shop.user("ada").await;
    let users = Users::new(shop.owner());
    users.remove(&left.id, &Expected::Any).await.unwrap();
    let back = shop.user("ada").await;
    let tag = tag(left.version);

    for body in [json!({ "name": "A" }), json!({ "email": "a@example.org" })] {
        let stale = patch_user(&shop, of_ada(&shop).header("if-match", &tag).json(&body)).await;

        assert_eq!(stale.status, 412, "{body}");
    }
    assert_eq!(users.find(&back.id).await.unwrap(), Some(back));
}

#[testkit::test]
async fn an_invalid_if_match_is_a_400() {
    let shop = Shop::open().await;

    let answer = patch_user(
        &shop,
        of_ada(&shop)
            .header("if-match", "1")
            .json(&json!({ "name": "A" })),
    )
    .await;

    assert_eq!(
        (answer.status, answer.wrong_places()),
        (400, vec!["If-Match"])
    );
}

#[testkit::test]
async fn the_media_type_of_merge_patches_is_read() {
    let shop = Shop::open().await;
    shop.user("ada").await;

    let answer = patch_user(
        &shop,
        of_ada(&shop).text("application/merge-patch+json", r#"{"name":"A"}"#),
    )
    .await;

    assert_eq!(answer.status, 200);
}

#[testkit::test]
async fn fields_that_cannot_change_are_reported() {
    let shop = Shop::open().await;
    shop.user("ada").await;

    for (body, places) in [
        (
            json!({ "name": null, "email": null }),
            vec!["/email", "/name"],
        ),
        (
            json!({ "id": "bob", "createdAt": "2020-01-01T00:00:00Z" }),
            vec!["/createdAt", "/id"],
        ),
        (
            json!({ "email": "nobody", "name": "\u{7}" }),
            vec!["/email", "/name"],
        ),
    ] {
        let answer = patch_user(&shop, of_ada(&shop).json(&body)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (422, places),
            "{body}"
        );
    }
}

#[testkit::test]
async fn another_users_profile_needs_the_scope() {
    let shop = Shop::open().await;
    shop.user("ada").await;
    let event = shop
        .event()
        .path("userId", "ada")
        .json(&json!({ "name": "A" }));

    let stranger = patch_user(&shop, event.clone().caller("bob", "users:read")).await;
    let writer = patch_user(&shop, event.caller("bob", "users:write")).await;

    assert_eq!((stranger.status, stranger.problem()), (404, "not-found"));
    assert_eq!(writer.status, 200);
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .path("userId", "ada")
        .caller("ada", "")
        .json(&json!({ "name": "A" }));

    refuses(
        &shop,
        event,
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("userId"),
            Refusal::InvalidSubject,
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| patch_user(&shop, event).await,
    )
    .await;
}
