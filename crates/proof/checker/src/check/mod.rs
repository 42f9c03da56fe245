//! What must be true of every history.

mod existence;
mod placed_orders;
mod replays;
mod stock_levels;
mod unique;
mod versions;

use crate::client::CLERK;
use crate::final_state::Rest;
use crate::history::{Ask, Body, Event, Tick};
use crate::model::{Kind, Thing};
use std::collections::BTreeMap;
use std::fmt;

/// Something that must not be, and what shows that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should be true.
    pub claim: &'static str,
    /// Why it is not: the events, and what was read at the end.
    pub evidence: Vec<String>,
}

impl Violation {
    fn new<E: ToString>(claim: &'static str, evidence: impl IntoIterator<Item = E>) -> Self {
        Self {
            claim,
            evidence: evidence.into_iter().map(|e| e.to_string()).collect(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not true: {}", self.claim)?;
        for evidence in &self.evidence {
            write!(f, "\n    {evidence}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a round: its events, and what was read when nobody was at work.
#[must_use]
pub fn check(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let sightings = sightings(events);
    let mut found = Vec::new();
    found.extend(answers(events, rest));
    found.extend(replays::check(events));
    found.extend(versions::check(&sightings));
    found.extend(versions::conditions(events, &sightings));
    found.extend(existence::check(events, &sightings));
    found.extend(existence::refused(events, &sightings, rest));
    found.extend(unique::check(events, &sightings, rest));
    found.extend(placed_orders::check(events, rest));
    found.extend(stock_levels::check(events, rest));
    found
}

/// A thing, or its version alone, as an answer showed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting<'e> {
    /// With the whole thing, or without when the answer was 304.
    pub(crate) thing: Option<&'e Thing>,
    pub(crate) version: u64,
    /// Whether the event made this version.
    pub(crate) wrote: bool,
    pub(crate) event: &'e Event,
}

/// Things by kind and id.
pub(crate) type Sightings<'e> = BTreeMap<(Kind, &'e str), Vec<Sighting<'e>>>;

fn sightings(events: &[Event]) -> Sightings<'_> {
    let mut sightings = Sightings::new();
    for event in events {
        let Some(answer) = &event.answer else {
            continue;
        };
        let Some(version) = answer.version else {
            continue;
        };
        let thing = answer.thing();
        let about = event.request.ask.about();
        let Some((kind, id)) = thing.map(|t| (t.kind(), t.id())).or(about) else {
            continue;
        };
        let sighting = Sighting {
            thing,
            version,
            // Who cancels a second time changes nothing, and cannot tell.
            wrote: !event.request.ask.only_reads() && kind != Kind::Order,
            event,
        };
        sightings.entry((kind, id)).or_default().push(sighting);
    }
    sightings
}

/// Versions further apart than a round has changes are of two things that had one id after another: a
/// user who leaves and comes back begins with a random one. The time of the making would not tell them
/// apart, since who signs up twice at once may be made twice in a moment, leaving in between.
const APART: u64 = 1 << 32;

/// What was seen under one id, by the things that had it.
pub(crate) fn lives<'s, 'e>(sightings: &'s [Sighting<'e>]) -> Vec<Vec<&'s Sighting<'e>>> {
    let mut by_version: Vec<_> = sightings.iter().collect();
    by_version.sort_by_key(|seen| seen.version);
    by_version
        .chunk_by(|one, next| next.version - one.version < APART)
        .map(<[_]>::to_vec)
        .collect()
}

/// The least and the greatest version that a thing can have had at all of a span of time; for things
/// that are made but once.
pub(crate) fn span(sightings: &[Sighting<'_>], begun: Tick, ended: Tick) -> (u64, u64) {
    let before = sightings.iter().filter(|seen| seen.event.ended < begun);
    let after = sightings.iter().filter(|seen| seen.event.begun > ended);
    (
        before.map(|seen| seen.version).max().unwrap_or(0),
        after.map(|seen| seen.version).min().unwrap_or(u64::MAX),
    )
}

/// Answers that no request should have.
fn answers(events: &[Event], rest: &Rest) -> Vec<Violation> {
    let mut found = Vec::new();
    for event in events {
        if !event.failed.is_empty() {
            found.push(Violation::new(
                "what fails in passing is a 503",
                [
                    event.to_string(),
                    format!("500 in the requests {:?}", event.failed),
                ],
            ));
        }
        let Some(answer) = &event.answer else {
            continue;
        };
        let may_see = match &event.request.ask {
            Ask::GetUser { id } => event.request.who == *id || event.request.who == CLERK,
            _ => true,
        };
        if !may_see && answer.status != 404 {
            found.push(Violation::new("what is not one's own is a 404", [event]));
        }
        let expected: &[u16] = match event.request.ask.target().0 {
            "GET" => &[200, 304, 404],
            "POST" => &[200, 201, 404, 409, 422],
            "DELETE" => &[204, 404, 412],
            _ => &[200, 404, 409, 412],
        };
        let readable = match answer.status {
            200 | 201 => {
                matches!(answer.body, Body::Thing(_) | Body::Page(..))
                    || event.request.ask == Ask::Health
            }
            400.. => matches!(answer.body, Body::Problem(_)),
            _ => true,
        };
        if !expected.contains(&answer.status) || !readable {
            found.push(Violation::new(
                "an answer is one that the route has",
                [event],
            ));
        }
    }
    if !rest.unread.is_empty() {
        found.push(Violation::new(
            "in the end everything can be read",
            &rest.unread,
        ));
    }
    found
}
