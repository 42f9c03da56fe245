//! Rules about repeated requests with an idempotency key.

use super::Violations;
use crate::{history::Event, response::Body};

pub(super) fn check(events: &[Event], found: &mut Violations) {
    for event in events.iter().filter(|event| event.succeeded()) {
        let Some(response) = &event.response else {
            continue;
        };
        let mut add = |rule, detail: String| found.add(rule, [event.to_string(), detail]);
        for replay in event
            .replays
            .iter()
            .filter(|replay| !replay.repeats(response))
        {
            add(
                "a replayed response equals the first one",
                format!("replay: {replay:?}"),
            );
        }
        let responses = std::iter::once(response).chain(&event.replays);
        let times = responses.filter(|response| !response.replayed).count();
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
