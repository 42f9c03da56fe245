//! Token buckets for the account and for each route of each stage (section 8.1 of the facts).

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use jiff::Timestamp;
use manifest::Throttle;

use crate::configuration::Configuration;

/// All throttles of an API.
#[derive(Debug)]
pub(crate) struct Throttles {
    clock: SuppliedClock,
    account: Option<Bucket>,
    /// By stage, then by route, as they stand in the configuration.
    routes: Vec<Vec<Option<Bucket>>>,
}

impl Throttles {
    pub(crate) fn new(configuration: &Configuration) -> Throttles {
        let clock = SuppliedClock::default();
        let bucket = |throttle: Option<Throttle>| throttle.map(|t| Bucket::new(t, &clock));
        let routes = configuration
            .stages
            .iter()
            .map(|stage| {
                configuration
                    .routes
                    .iter()
                    .map(|route| bucket(route.throttle.or(stage.throttle)))
                    .collect()
            })
            .collect();
        Throttles {
            account: bucket(configuration.account_throttle),
            routes,
            clock,
        }
    }

    /// Takes a token from the route's bucket and from the account's. `false` is a 429.
    pub(crate) fn admit(&self, stage: usize, route: usize, now: Timestamp) -> bool {
        self.clock.advance_to(now);
        let route = self.routes.get(stage).and_then(|routes| routes.get(route));
        let admits = |bucket: &Option<Bucket>| bucket.as_ref().is_none_or(Bucket::admit);
        route.is_none_or(admits) && admits(&self.account)
    }
}

#[derive(Debug)]
enum Bucket {
    Open(RateLimiter<NotKeyed, InMemoryState, SuppliedClock, NoOpMiddleware<Nanos>>),
    /// A rate or a burst of zero.
    Closed,
}

impl Bucket {
    fn new(throttle: Throttle, clock: &SuppliedClock) -> Bucket {
        let quota = Duration::try_from_secs_f64(1.0 / throttle.rate)
            .ok()
            // A year between two tokens is as good as closed, and keeps governor's sums in range.
            .filter(|period| *period < Duration::from_secs(365 * 24 * 60 * 60))
            .and_then(|period| Quota::with_period(period.max(Duration::from_nanos(1))))
            .zip(NonZeroU32::new(throttle.burst))
            .map(|(quota, burst)| quota.allow_burst(burst));
        match quota {
            Some(quota) => Bucket::Open(RateLimiter::direct_with_clock(quota, clock.clone())),
            None => Bucket::Closed,
        }
    }

    fn admit(&self) -> bool {
        match self {
            Bucket::Open(limiter) => limiter.check().is_ok(),
            Bucket::Closed => false,
        }
    }
}

/// The time that callers hand over, made to run forwards only.
#[derive(Clone, Debug, Default)]
struct SuppliedClock(Arc<Mutex<Elapsed>>);

#[derive(Debug, Default)]
struct Elapsed {
    latest: Option<Timestamp>,
    since_start: Duration,
}

impl SuppliedClock {
    /// Requests overtake each other by a moment, which changes nothing. A step back by more than a
    /// second is a change of the computer's clock: time goes on from there.
    fn advance_to(&self, now: Timestamp) {
        let mut elapsed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(latest) = elapsed.latest else {
            elapsed.latest = Some(now);
            return;
        };
        let step = now.duration_since(latest);
        if let Ok(forward) = Duration::try_from(step) {
            elapsed.since_start += forward;
            elapsed.latest = Some(now);
        } else if step.as_secs() < -1 {
            elapsed.latest = Some(now);
        }
    }
}

impl Clock for SuppliedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let elapsed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        elapsed.since_start.into()
    }
}
