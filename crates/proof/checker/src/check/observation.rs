//! What the responses say about each resource.

use std::collections::BTreeMap;

use crate::{
    history::{Event, Tick},
    resource::{Kind, Resource},
};

/// A version of a resource in a response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation<'e> {
    /// The resource; `None` in a 304 response.
    pub(super) resource: Option<&'e Resource>,
    pub(super) version: u64,
    /// Whether the event created this version.
    pub(super) wrote: bool,
    pub(super) event: &'e Event,
}

/// Observations by kind and id.
pub(super) type Observations<'e> = BTreeMap<(Kind, &'e str), Vec<Observation<'e>>>;

pub(super) fn collect(events: &[Event]) -> Observations<'_> {
    let mut observations = Observations::new();
    for event in events {
        let resource = event.resource();
        let named = resource.map(|resource| (resource.kind(), resource.id()));
        let operation = &event.request.operation;
        let version = event
            .response
            .as_ref()
            .and_then(|response| response.version);
        let (Some((kind, id)), Some(version)) = (named.or(operation.resource()), version) else {
            continue;
        };
        let observation = Observation {
            resource,
            version,
            // A repeated cancellation returns the same version as the first one.
            wrote: !operation.is_read() && kind != Kind::Order,
            event,
        };
        observations
            .entry((kind, id))
            .or_default()
            .push(observation);
    }
    observations
}

/// The smallest distance between the versions of two users who had the same id one after the other.
/// A new user starts at a random version, and a round makes far fewer changes than this. The creation
/// time cannot separate the two, because a user can be created twice in one moment.
const LIFETIME_DISTANCE: u64 = 1 << 32;

/// Groups the observations of one id by the resources that had this id.
pub(super) fn lifetimes<'o, 'e>(
    observations: &'o [Observation<'e>],
) -> Vec<Vec<&'o Observation<'e>>> {
    let mut by_version: Vec<_> = observations.iter().collect();
    by_version.sort_by_key(|seen| seen.version);
    by_version
        .chunk_by(|one, next| next.version - one.version < LIFETIME_DISTANCE)
        .map(<[_]>::to_vec)
        .collect()
}

/// Returns the lowest and the highest version that a resource can have had during a time span. The
/// resource must not have been created more than once.
pub(super) fn version_range(
    observations: &[Observation<'_>],
    begun: Tick,
    ended: Tick,
) -> (u64, u64) {
    let before = observations.iter().filter(|seen| seen.event.ended < begun);
    let after = observations.iter().filter(|seen| seen.event.begun > ended);
    (
        before.map(|seen| seen.version).max().unwrap_or(0),
        after.map(|seen| seen.version).min().unwrap_or(u64::MAX),
    )
}
