use samples::Acme;
use serde_json::{Value, json};
use testkit::{Answer, Event, Refusal, answer, refuses};

use super::*;

async fn post_field_note(acme: &Acme, event: Event) -> Answer {
    answer(&FieldNotes::new(acme.database()), create, event).await
}

fn of_ada(acme: &Acme) -> Event {
    let body = json!({ "name": "First", "description": "One line.\nAnother." });
    acme.event().caller("ada", "").json(&body)
}

#[testkit::test]
async fn a_field_note_is_created_and_kept() {
    let acme = Acme::open().await;

    let answer = post_field_note(&acme, of_ada(&acme)).await;

    assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""));
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/field-notes/{id}"));
    let expected = json!({
        "id": id,
        "name": "First",
        "description": "One line.\nAnother.",
        "createdAt": answer.body["createdAt"],
    });
    assert_eq!(answer.body, expected);
    let kept = FieldNotes::new(acme.owner())
        .find(&"ada".parse().unwrap(), id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap(), expected);
}

#[testkit::test]
async fn a_key_creates_one() {
    let acme = Acme::open().await;
    let event = of_ada(&acme).header("idempotency-key", "k");

    let first = post_field_note(&acme, event.clone()).await;
    let again = post_field_note(&acme, event.clone()).await;
    let other = post_field_note(&acme, event.json(&json!({ "name": "Second" }))).await;

    assert_eq!(
        (first.status, first.header("idempotency-replayed")),
        (201, "")
    );
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(
        (other.status, other.problem()),
        (422, "idempotency-key-reused")
    );
}

#[testkit::test]
async fn a_key_sent_many_times_at_once_creates_one() {
    let acme = Acme::open().await;
    let field_notes = FieldNotes::new(acme.database());
    let event = of_ada(&acme).header("idempotency-key", "k");

    let answers =
        testkit::all_at_once((0..20).map(|_| answer(&field_notes, create, event.clone()))).await;

    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
}

#[testkit::test]
async fn all_invalid_fields_are_reported_at_once() {
    let acme = Acme::open().await;

    for (body, places) in [
        (json!({}), vec!["/name"]),
        (
            json!({ "name": "", "description": 7 }),
            vec!["/description", "/name"],
        ),
        (
            json!({ "name": "a".repeat(201), "description": "a".repeat(2001) }),
            vec!["/description", "/name"],
        ),
        (json!({ "name": "First", "id": "mine" }), vec!["/id"]),
    ] {
        let answer = post_field_note(&acme, of_ada(&acme).json(&body)).await;
        assert_eq!(
            (answer.status, answer.problem()),
            (422, "invalid-body"),
            "{body}"
        );
        assert_eq!(answer.wrong_places(), places, "{body}");
    }
}

#[testkit::test]
async fn names_in_any_script_are_kept() {
    let acme = Acme::open().await;

    for name in ["Antonio Moreno Taquería", "世界", "👩‍👩‍👧"] {
        let body: Value = json!({ "name": name });
        let answer = post_field_note(&acme, of_ada(&acme).json(&body)).await;
        assert_eq!((answer.status, &answer.body["name"]), (201, &json!(name)));
    }
}

#[testkit::test]
async fn requests_are_refused_as_by_every_route() {
    let acme = Acme::open().await;

    refuses(
        &acme,
        of_ada(&acme),
        &[
            Refusal::InvalidSubject,
            Refusal::InvalidBody,
            Refusal::BrokenDatabase,
        ],
        async |event| post_field_note(&acme, event).await,
    )
    .await;
}
