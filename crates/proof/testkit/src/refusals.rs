//! Invalid requests that many routes refuse in the same way.

use crate::{Answer, Event, Fixture, hostile_bodies};

/// A kind of requests that a route refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A resource that does not exist is a 404.
    NotFound,
    /// A path variable that is not an id is a 400.
    InvalidPath(&'static str),
    /// A token whose subject is not an id is a 403.
    InvalidSubject,
    /// Each of the [`hostile_bodies`] is a 400, 413, 415 or 422.
    InvalidBody,
    /// Without its tables, the function responds with a 500 that does not disclose the cause.
    BrokenDatabase,
}

/// Checks that a route refuses each kind of `refusals`. `event` is a valid request for a resource
/// that does not exist. [`Refusal::BrokenDatabase`] must be the last kind, because the database stays
/// broken.
///
/// # Panics
///
/// Panics if a response is not the expected one.
pub async fn refuses(
    fixture: &Fixture,
    event: Event,
    refusals: &[Refusal],
    send: impl AsyncFn(Event) -> Answer,
) {
    let check = async |claim: String, event: Event, status: i64, problem: &str, places: &[&str]| {
        let answer = send(event).await;
        let found = (answer.status, answer.problem());
        assert_eq!(found, (status, problem), "{claim}: {}", answer.body);
        if !places.is_empty() {
            assert_eq!(answer.wrong_places(), places, "{claim}");
        }
    };
    for refusal in refusals {
        let event = event.clone();
        match refusal {
            Refusal::NotFound => {
                check("an unknown id".to_owned(), event, 404, "not-found", &[]).await;
            }
            Refusal::InvalidPath(name) => {
                let long = "a".repeat(300);
                for id in ["a b", "a%2Fb", "é", "a\0", &long] {
                    let claim = format!("{name} is {id:?}");
                    let event = event.clone().path(name, id);
                    check(claim, event, 400, "invalid-parameter", &[name]).await;
                }
            }
            Refusal::InvalidSubject => {
                let claim = "a subject with a slash".to_owned();
                let event = event.caller("a/b", "");
                check(claim, event, 403, "unsupported-subject", &[]).await;
            }
            Refusal::InvalidBody => {
                for body in hostile_bodies() {
                    let event = body.on(event.clone());
                    check(body.claim.to_owned(), event, body.status, body.problem, &[]).await;
                }
            }
            Refusal::BrokenDatabase => {
                fixture.break_database().await;
                check("no tables".to_owned(), event, 500, "internal", &[]).await;
            }
        }
    }
}
