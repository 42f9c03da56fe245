//! A request with a key that is sent again is answered as before.

use super::Violation;
use crate::history::{Answer, Body, Event};

pub(super) fn check(events: &[Event]) -> Vec<Violation> {
    let mut found = Vec::new();
    for event in events {
        let Some(answer) = event.answer.as_ref().filter(|answer| answer.is_success()) else {
            continue;
        };
        let shown = |replay: &Answer| {
            [
                event.to_string(),
                format!(
                    "again: {} {} (request {})",
                    replay.status, replay.text, replay.request_id
                ),
            ]
        };
        for replay in &event.replays {
            if !replay.repeats(answer) {
                found.push(Violation::new("a replay is the same answer", shown(replay)));
            }
        }
        let fresh = |answer: &&Answer| !answer.replayed;
        let times = std::iter::once(answer)
            .chain(&event.replays)
            .filter(fresh)
            .count();
        if times > 1 {
            let shown = format!("{times} answers say that they were not given before");
            let claim = "a POST with a key is done once";
            found.push(Violation::new(claim, [event.to_string(), shown]));
        }
        if let Some(reuse) = &event.reuse
            && (reuse.status != 422
                || reuse.body != Body::Problem("idempotency-key-reused".to_owned()))
        {
            let claim = "a key is good for one request";
            found.push(Violation::new(claim, shown(reuse)));
        }
    }
    found
}
