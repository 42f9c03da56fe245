use std::collections::BTreeSet;

use samples::Shop;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn list_users(shop: &Shop, event: Event) -> Answer {
    answer(&Users::new(shop.database()), list, event).await
}

#[testkit::test]
async fn without_users_the_page_is_empty() {
    let shop = Shop::open().await;

    let answer = list_users(&shop, shop.event()).await;

    assert_eq!(
        (answer.status, answer.body),
        (200, serde_json::json!({ "items": [], "next": null }))
    );
}

#[testkit::test]
async fn every_user_is_on_one_page() {
    let shop = Shop::open().await;
    for n in 0..25 {
        shop.user(&format!("user-{n}")).await;
    }

    let mut seen = Vec::new();
    let mut event = shop.event().query("limit", "10");
    loop {
        let answer = list_users(&shop, event).await;
        let items = answer.body["items"].as_array().unwrap();
        assert!(items.len() <= 10);
        seen.extend(
            items
                .iter()
                .map(|user| user["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = answer.body["next"].as_str() else {
            assert_eq!(answer.header("link"), "");
            break;
        };
        assert_eq!(
            answer.header("link"),
            format!("</users?limit=10&cursor={cursor}>; rel=\"next\"")
        );
        event = shop.event().query("limit", "10").query("cursor", cursor);
    }

    assert_eq!(seen.len(), 25);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 25);
}

#[testkit::test]
async fn a_page_has_20_items_by_default() {
    let shop = Shop::open().await;
    for n in 0..21 {
        shop.user(&format!("user-{n}")).await;
    }

    let answer = list_users(&shop, shop.event()).await;

    assert_eq!(answer.body["items"].as_array().unwrap().len(), 20);
    assert!(answer.body["next"].is_string());
}

#[testkit::test]
async fn an_invalid_limit_is_a_400() {
    let shop = Shop::open().await;

    for limit in [
        "0",
        "101",
        "1e9",
        "1000000000",
        "-1",
        "",
        "ten",
        "5,6",
        "５",
    ] {
        let answer = list_users(&shop, shop.event().query("limit", limit)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["limit"]),
            "{limit:?}"
        );
    }
}

#[testkit::test]
async fn a_parameter_given_twice_is_a_400() {
    let shop = Shop::open().await;

    let answer = list_users(&shop, shop.event().query("limit", "5").query("limit", "5")).await;

    assert_eq!((answer.status, answer.wrong_places()), (400, vec!["limit"]));
}

#[testkit::test]
async fn a_damaged_or_foreign_cursor_is_a_400() {
    let shop = Shop::open().await;
    let long = "A".repeat(5_000);

    // The last is a cursor of the list of products.
    for cursor in ["", "x", "AAAAAAAAAAAA", "%00", "😀", &long, "qhrsSbm9Yew3"] {
        let answer = list_users(&shop, shop.event().query("cursor", cursor)).await;
        assert_eq!(
            (answer.status, answer.wrong_places()),
            (400, vec!["cursor"]),
            "{cursor:?}"
        );
    }
}

#[testkit::test]
async fn an_unknown_parameter_is_a_400() {
    let shop = Shop::open().await;

    let answer = list_users(&shop, shop.event().query("limt", "5").query("limit", "0")).await;

    assert_eq!(
        (answer.status, answer.problem()),
        (400, "invalid-parameter")
    );
    assert_eq!(answer.wrong_places(), ["limit", "limt"]);
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let shop = Shop::open().await;
    let event = shop.event();

    refuses(&shop, event, &[Refusal::BrokenDatabase], async |event| {
        list_users(&shop, event).await
    })
    .await;
}
