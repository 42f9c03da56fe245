use samples::Acme;
use serde_json::json;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn list_field_notes(acme: &Acme, event: Event) -> Answer {
    answer(&FieldNotes::new(acme.database()), list, event).await
}

#[testkit::test]
async fn the_callers_are_listed_newest_first_page_by_page() {
    let acme = Acme::open().await;
    let older = acme.field_note("ada", "First").await;
    let newer = acme.field_note("ada", "Second").await;
    acme.field_note("bob", "Third").await;
    let event = acme.event().caller("ada", "").query("limit", "1");

    let first = list_field_notes(&acme, event.clone()).await;
    let cursor = first.body["next"].as_str().unwrap();
    let second = list_field_notes(&acme, event.query("cursor", cursor)).await;

    assert_eq!((first.status, &first.body["items"]), (200, &json!([newer])));
    assert_eq!(second.body["items"], json!([older]));
}

#[testkit::test]
async fn the_cursor_of_another_user_is_refused() {
    let acme = Acme::open().await;
    acme.field_note("ada", "First").await;
    acme.field_note("ada", "Second").await;
    let of_ada = acme.event().caller("ada", "").query("limit", "1");
    let page = list_field_notes(&acme, of_ada).await;
    let cursor = page.body["next"].as_str().unwrap();

    let event = acme.event().caller("bob", "").query("cursor", cursor);
    let answer = list_field_notes(&acme, event).await;

    assert_eq!(
        (answer.status, answer.wrong_places()),
        (400, vec!["cursor"])
    );
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let acme = Acme::open().await;

    refuses(
        &acme,
        acme.event().caller("ada", ""),
        &[Refusal::InvalidSubject, Refusal::BrokenDatabase],
        async |event| list_field_notes(&acme, event).await,
    )
    .await;
}
