use domain::FieldNoteId;
use samples::Acme;
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn get_field_note(acme: &Acme, event: Event) -> Answer {
    answer(&FieldNotes::new(acme.database()), get, event).await
}

#[testkit::test]
async fn a_field_note_is_answered_with_its_version() {
    let acme = Acme::open().await;
    let field_note = acme.field_note("ada", "First").await;
    let event = acme.event().path("fieldNoteId", field_note.id);
    let event = event.caller("ada", "");

    let answer = get_field_note(&acme, event.clone()).await;
    let unchanged = get_field_note(&acme, event.header("if-none-match", "\"1\"")).await;

    assert_eq!((answer.status, answer.header("etag")), (200, "\"1\""));
    assert_eq!(answer.body, serde_json::to_value(&field_note).unwrap());
    assert_eq!(unchanged.status, 304);
}

#[testkit::test]
async fn that_of_another_user_is_a_404() {
    let acme = Acme::open().await;
    let field_note = acme.field_note("ada", "First").await;
    let event = acme.event().path("fieldNoteId", field_note.id);

    let answer = get_field_note(&acme, event.caller("bob", "")).await;

    assert_eq!((answer.status, answer.problem()), (404, "not-found"));
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let acme = Acme::open().await;
    let event = acme.event().path("fieldNoteId", FieldNoteId::generate());

    refuses(
        &acme,
        event.caller("ada", ""),
        &[
            Refusal::NotFound,
            Refusal::InvalidPath("fieldNoteId"),
            Refusal::InvalidSubject,
            Refusal::BrokenDatabase,
        ],
        async |event| get_field_note(&acme, event).await,
    )
    .await;
}
