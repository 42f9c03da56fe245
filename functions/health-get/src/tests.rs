use serde_json::json;
use testkit::{Shop, answer};

use super::*;

#[tokio::test]
async fn health_is_answered_without_the_database() {
    let shop = Shop::open().await;

    let answer = answer(&(), health, shop.event()).await;

    assert_eq!(
        (answer.status, answer.body),
        (200, json!({ "status": "ok" }))
    );
}
