//! Token buckets for the account, for routes with a throttle, and for API keys (section 8.1 of the facts, fact R4.3).

use std::{
    collections::HashMap,
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

use crate::{configuration::Route, limits};

/// The throttles of an API.
#[derive(Debug)]
pub(crate) struct Throttles {
    clock: SuppliedClock,
    account: Bucket,
    /// By the route's position in the configuration.
    routes: Vec<Option<Bucket>>,
}

impl Throttles {
    pub(crate) fn new(routes: &[Route], account: Option<Throttle>) -> Throttles {
        let clock = SuppliedClock::default();
        Throttles {
            account: Bucket::new(account.unwrap_or(limits::ACCOUNT_THROTTLE), &clock),
            routes: routes
                .iter()
                .map(|route| Some(Bucket::new(route.throttle?, &clock)))
                .collect(),
            clock,
        }
    }

    /// Takes a token from the route's bucket, if it has one, and from the account's. `false` is a 429.
    pub(crate) fn admit(&self, route: usize, now: Timestamp) -> bool {
        self.clock.advance_to(now);
        self.routes[route].as_ref().is_none_or(Bucket::admit) && self.account.admit()
    }
}

/// The throttles of usage plans, which each API key has to itself.
#[derive(Debug, Default)]
pub(crate) struct KeyThrottles {
    clock: SuppliedClock,
    /// By the id of the key, and the position of the route if the throttle is for one.
    buckets: Mutex<HashMap<(String, Option<usize>), Bucket>>,
}

impl KeyThrottles {
    /// Takes a token from the bucket of a key. `false` is a 429.
    pub(crate) fn admit(
        &self,
        key: &str,
        route: Option<usize>,
        throttle: Throttle,
        now: Timestamp,
    ) -> bool {
        self.clock.advance_to(now);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets
            .entry((key.to_owned(), route))
            .or_insert_with(|| Bucket::new(throttle, &self.clock))
            .admit()
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
            // A longer period would overflow governor's arithmetic.
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

/// The time that callers pass in. It never runs backwards.
#[derive(Clone, Debug, Default)]
struct SuppliedClock(Arc<Mutex<Elapsed>>);

#[derive(Debug, Default)]
struct Elapsed {
    latest: Option<Timestamp>,
    since_start: Duration,
}

impl SuppliedClock {
    /// Ignores a step back of up to a second, because concurrent requests overtake each other. After a
    /// greater step, the computer's clock has been set, and time continues from there.
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
