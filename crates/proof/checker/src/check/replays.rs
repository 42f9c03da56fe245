//! Rules about repeated requests with an idempotency key.

use super::Violations;
use crate::{
    history::Event,
    operation::Operation,
    response::{Body, Response},
};

pub(super) fn check(events: &[Event], found: &mut Violations) {
    for event in events.iter().filter(|event| event.succeeded()) {
        let Some(response) = &event.response else {
            continue;
        };
        let mut add = |rule, detail: String| found.add(rule, [event.to_string(), detail]);
        for replay in event.replays.iter().filter(|replay| {
            !replay.repeats(response) && !is_of_deleted_user(event, replay, events)
        }) {
            add(
                "a replayed response equals the first one",
                format!("replay: {replay:?}"),
            );
        }
        let responses = std::iter::once(response).chain(&event.replays);
        let successes = responses.filter(|response| response.is_success());
        let times = successes.filter(|response| !response.replayed).count();
        if times > 1 {
            let detail = format!("{times} responses are not marked as replayed");
            add("a POST with an idempotency key takes effect once", detail);
        }
        let refused = Body::Problem("idempotency-key-reused".to_owned());
        if let Some(reuse) = &event.reuse
            && (reuse.status != 422 || reuse.body != refused)
        {
            let detail = format!("other request: {reuse:?}");
            add("an idempotency key is refused with another body", detail);
        }
    }
}

/// Whether a replay of a sign-up is refused because the user was deleted: the deletion deletes the
/// profile from the receipt.
fn is_of_deleted_user(event: &Event, replay: &Response, events: &[Event]) -> bool {
    matches!(event.request.operation, Operation::SignUp { .. })
        && replay.body == Body::Problem("outcome-deleted".to_owned())
        && events.iter().any(|other| {
            matches!(&other.request.operation, Operation::DeleteUser { id } if *id == event.request.caller)
                && other.possible()
        })
}
