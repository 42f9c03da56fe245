use serde_json::json;
use testkit::{Fixture, answer};

use super::*;

#[testkit::test]
async fn health_is_answered_without_the_database() {
    let fixture = Fixture::open().await;

    let answer = answer(&(), health, fixture.event()).await;

    assert_eq!(
        (answer.status, answer.body),
        (200, json!({ "status": "ok" }))
    );
}
