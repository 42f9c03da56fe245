//! API keys, and the requests that count in the quotas of their usage plans (section 4 of the REST facts).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use manifest::{Period, Quota};

/// An API key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// `requestContext.identity.apiKeyId` in the event.
    pub id: String,
    /// What clients send as `x-api-key`.
    pub value: String,
    /// The name of its usage plan.
    pub plan: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was added to its plan. The offset of a quota counts in the period of this time.
    pub created: Timestamp,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiKey")
            .field("id", &self.id)
            .field("plan", &self.plan)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// The period of a quota in which requests with a key are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuotaPeriod {
    /// [`ApiKey::id`].
    pub key_id: String,
    /// The length of the period.
    pub period: Period,
    /// The first day of the period, in UTC (fact R4.6).
    pub start: Date,
}

impl QuotaPeriod {
    fn of(key: &ApiKey, period: Period, now: Timestamp) -> QuotaPeriod {
        QuotaPeriod {
            key_id: key.id.clone(),
            period,
            start: first_day(period, now),
        }
    }
}

/// The API keys of a REST API, and how many requests with each were counted. A server passes the same
/// ones to each API that takes the place of another.
#[derive(Debug, Default)]
pub struct ApiKeys {
    by_value: RwLock<HashMap<String, Arc<ApiKey>>>,
    counts: Mutex<HashMap<QuotaPeriod, u32>>,
}

impl ApiKeys {
    /// Creates keys whose requests have been counted before.
    pub fn new(
        keys: impl IntoIterator<Item = ApiKey>,
        counts: impl IntoIterator<Item = (QuotaPeriod, u32)>,
    ) -> ApiKeys {
        let api_keys = ApiKeys {
            by_value: RwLock::default(),
            counts: Mutex::new(counts.into_iter().collect()),
        };
        api_keys.replace(keys);
        api_keys
    }

    /// Replaces the keys. The counts stay.
    pub fn replace(&self, keys: impl IntoIterator<Item = ApiKey>) {
        let keys = keys.into_iter();
        let by_value = keys.map(|key| (key.value.clone(), Arc::new(key))).collect();
        *self
            .by_value
            .write()
            .unwrap_or_else(PoisonError::into_inner) = by_value;
    }

    /// Returns how many requests with this key count in the present period of the quota.
    pub fn used(&self, key: &ApiKey, quota: Quota, now: Timestamp) -> u32 {
        let period = QuotaPeriod::of(key, quota.period, now);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counts.get(&period).copied().unwrap_or(0);
        counted.saturating_add(offset(key, quota, &period))
    }

    pub(crate) fn find(&self, value: &str) -> Option<Arc<ApiKey>> {
        let by_value = self.by_value.read().unwrap_or_else(PoisonError::into_inner);
        by_value.get(value).map(Arc::clone)
    }

    /// Counts a request. Returns the period in which it counts, or none if the quota is used up.
    pub(crate) fn count(&self, key: &ApiKey, quota: Quota, now: Timestamp) -> Option<QuotaPeriod> {
        let period = QuotaPeriod::of(key, quota.period, now);
        let offset = offset(key, quota, &period);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(period.clone()).or_insert(0);
        if count.saturating_add(offset) >= quota.limit {
            return None;
        }
        *count += 1;
        Some(period)
    }
}

/// The requests that count as sent, in the first period of a key only (fact R4.4).
fn offset(key: &ApiKey, quota: Quota, period: &QuotaPeriod) -> u32 {
    if first_day(quota.period, key.created) == period.start {
        quota.offset
    } else {
        0
    }
}

/// Returns the first day of the period of a time: the day, its Monday or the first of its month, in UTC.
/// AWS documents none of this, so it is the common claim (fact R4.6).
fn first_day(period: Period, time: Timestamp) -> Date {
    let day = time.to_zoned(TimeZone::UTC).date();
    match period {
        Period::Day => day,
        Period::Week => {
            let since_monday = day.weekday().to_monday_zero_offset();
            day.saturating_sub(jiff::Span::new().days(since_monday))
        }
        Period::Month => day.first_of_month(),
    }
}
