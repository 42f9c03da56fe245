use record::Expected;
use samples::Shop;
use serde_json::{Value, json};
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn post_user(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), sign_up, event).await
}

fn ada() -> Value {
    json!({ "email": "Ada@example.org", "name": "Ada Lovelace" })
}

#[testkit::test]
async fn the_caller_gets_a_profile_under_their_subject() {
    let shop = Shop::open().await;

    let answer = post_user(&shop, shop.event().caller("auth0|7", "").json(&ada())).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), "/users/auth0%7C7");
    assert_eq!(answer.body["id"], "auth0|7");
    let kept = Users::new(shop.owner())
        .find(&"auth0|7".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.header("etag"), format!("\"{}\"", kept.version));
    assert_eq!(serde_json::to_value(kept).unwrap(), answer.body);
}

#[testkit::test]
async fn names_in_any_script_are_kept() {
    let shop = Shop::open().await;

    for (subject, name) in [
        ("a", "Antonio Moreno Taquería"),
        ("b", "世界"),
        ("c", "e\u{301}"),
        ("d", "👩‍👩‍👧"),
    ] {
        let body = json!({ "email": format!("{subject}@example.org"), "name": name });
        let answer = post_user(&shop, shop.event().caller(subject, "").json(&body)).await;
        assert_eq!((answer.status, &answer.body["name"]), (201, &json!(name)));
    }
}

#[testkit::test]
async fn a_key_creates_one_profile() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .caller("ada", "")
        .json(&ada())
        .header("idempotency-key", "k");

    let first = post_user(&shop, event.clone()).await;
    let again = post_user(&shop, event.clone()).await;
    let other = post_user(
        &shop,
        event.json(&json!({ "email": "b@example.org", "name": "B" })),
    )
    .await;

    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(
        (&again.body, again.header("location")),
        (&first.body, first.header("location"))
    );
    assert_eq!(
        (other.status, other.problem()),
        (422, "idempotency-key-reused")
    );
}

#[testkit::test]
async fn a_replay_after_the_deletion_is_a_410() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .caller("ada", "")
        .json(&ada())
        .header("idempotency-key", "k");
    post_user(&shop, event.clone()).await;
    let users = Users::new(shop.owner());
    let id = "ada".parse().unwrap();
    users.remove(&id, &Expected::Any).await.unwrap();

    let replay = post_user(&shop, event).await;

    assert_eq!((replay.status, replay.problem()), (410, "outcome-deleted"));
    let text = replay.body.to_string();
    assert!(!text.contains("Ada"), "{text}");
    assert_eq!(users.find(&id).await.unwrap(), None);
}

#[testkit::test]
async fn a_key_sent_many_times_at_once_creates_one_profile() {
    let shop = Shop::open().await;
    let users = Users::new(shop.database());
    let event = shop
        .event()
        .caller("ada", "")
        .json(&ada())
        .header("idempotency-key", "k");

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&users, sign_up, event.clone()))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
}

#[testkit::test]
async fn a_second_profile_of_one_caller_is_a_409() {
    let shop = Shop::open().await;
    shop.user("ada").await;

    let answer = post_user(
        &shop,
        shop.event()
            .caller("ada", "")
            .json(&json!({ "email": "new@example.org", "name": "A" })),
    )
    .await;

    assert_eq!((answer.status, answer.problem()), (409, "user-exists"));
}

#[testkit::test]
async fn an_address_that_differs_in_case_alone_is_taken() {
    let shop = Shop::open().await;
    shop.user("ada").await;

    let answer = post_user(&shop, shop.event().caller("bob", "").json(&ada())).await;

    assert_eq!((answer.status, answer.problem()), (409, "email-taken"));
    let bob = Users::new(shop.owner())
        .find(&"bob".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(bob, None, "half a write is left");
}

#[testkit::test]
async fn one_of_many_users_gets_an_address() {
    let shop = Shop::open().await;
    let users = Users::new(shop.database());

    let callers: Vec<_> = (0..20).map(|n| format!("caller-{n}")).collect();
    let attempts = callers.iter().map(|caller| {
        answer(
            &users,
            sign_up,
            shop.event().caller(caller, "").json(&ada()),
        )
    });
    let statuses: Vec<_> = testkit::all_at_once(attempts)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();

    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        19,
        "{statuses:?}"
    );
}

#[testkit::test]
async fn all_invalid_fields_are_reported_at_once() {
    let shop = Shop::open().await;

    for (body, places) in [
        (json!({}), vec!["/email", "/name"]),
        (
            json!({ "email": "ada", "name": "" }),
            vec!["/email", "/name"],
        ),
        (
            json!({ "email": null, "name": 7, "id": "root" }),
            vec!["/email", "/id", "/name"],
        ),
        (
            json!({ "email": ["ada@example.org"], "name": "A\0da" }),
            vec!["/email", "/name"],
        ),
        (
            json!({ "email": "ada@example.org", "name": "a".repeat(201) }),
            vec!["/name"],
        ),
        (
            json!({ "email": "ada@example.org", "name": " Ada" }),
            vec!["/name"],
        ),
    ] {
        let answer = post_user(&shop, shop.event().caller("ada", "").json(&body)).await;
        assert_eq!(
            (answer.status, answer.problem()),
            (422, "invalid-body"),
            "{body}"
        );
        assert_eq!(answer.wrong_places(), places, "{body}");
    }
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop
        .event()
        .caller("ada", "")
        .json(&json!({ "email": "ada@example.org", "name": "Ada" }));

    refuses(
        &shop,
        event,
        &[
            Refusal::InvalidSubject,
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| post_user(&shop, event).await,
    )
    .await;
}
