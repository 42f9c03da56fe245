//! The checks between the authorizer and the validation of a request: API key, throttles, quota.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use manifest::{Plan, ResponseType, Throttle};

use super::gateway_error::GatewayError;
use crate::{
    api_keys::{ApiKey, ApiKeys, QuotaPeriod},
    client_request::Request,
    configuration::Route,
    throttle::{KeyThrottles, Throttles},
};

/// Where clients send a key. A REST API can be told to take keys from its authorizer instead, which
/// declarations do not offer.
const API_KEY: &str = "x-api-key";

/// The API keys, throttles and quotas of an API.
#[derive(Debug)]
pub(super) struct Admission {
    throttles: Throttles,
    key_throttles: KeyThrottles,
    plans: BTreeMap<String, Plan>,
    keys: Arc<ApiKeys>,
}

impl Admission {
    pub(super) fn new(
        routes: &[Route],
        account: Option<Throttle>,
        plans: BTreeMap<String, Plan>,
        keys: Arc<ApiKeys>,
    ) -> Admission {
        Admission {
            throttles: Throttles::new(routes, account),
            key_throttles: KeyThrottles::default(),
            plans,
            keys,
        }
    }

    /// Checks the key of a request and takes a token of each of its buckets, in AWS's order (facts R4.1
    /// and R4.3). `at` is the route's position in the configuration.
    ///
    /// # Errors
    ///
    /// Fails if the key is not valid, a bucket is empty, or the quota is used up.
    pub(super) fn admit(
        &self,
        at: usize,
        route: &Route,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<Arc<ApiKey>>, GatewayError> {
        let key = match route.requires_key {
            true => Some(self.key(request)?),
            false => None,
        };
        let throttled = |what: String| {
            GatewayError::new(ResponseType::Throttled, format!("{what} is throttled"))
        };
        if let Some((key, plan)) = &key {
            // The throttle of a route takes the place of the plan's.
            let of_route = plan.routes.get(&route.integration);
            let admitted = match (of_route, plan.throttle) {
                (Some(throttle), _) => self.key_throttles.admit(&key.id, Some(at), *throttle, now),
                (None, Some(throttle)) => self.key_throttles.admit(&key.id, None, throttle, now),
                (None, None) => true,
            };
            if !admitted {
                return Err(throttled(format!(
                    "the key {} of plan {}",
                    key.id, key.plan
                )));
            }
        }
        if !self.throttles.admit(at, now) {
            return Err(throttled(route.key.to_string()));
        }
        if let Some((key, plan)) = &key
            && let Some(quota) = plan.quota
            && self.keys.used(key, quota, now) >= quota.limit
        {
            return Err(used_up(key));
        }
        Ok(key.map(|(key, _)| key))
    }

    /// Counts an accepted request in the quota of its key. Returns the period in which it counts, if the
    /// plan has a quota.
    ///
    /// # Errors
    ///
    /// Fails if requests that came meanwhile have used up the quota.
    pub(super) fn count(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<QuotaPeriod>, GatewayError> {
        let Some(quota) = self.plans.get(&key.plan).and_then(|plan| plan.quota) else {
            return Ok(None);
        };
        let counted = self.keys.count(key, quota, now);
        counted.map(Some).ok_or_else(|| used_up(key))
    }

    /// Fact R4.1: an unknown key, a disabled one and one without a plan are refused alike.
    fn key(&self, request: &Request) -> Result<(Arc<ApiKey>, &Plan), GatewayError> {
        let refused = |reason: String| GatewayError::new(ResponseType::InvalidApiKey, reason);
        let Some(value) = request.headers.get(API_KEY) else {
            return Err(refused(format!("the request has no {API_KEY}")));
        };
        let key = value.to_str().ok().and_then(|value| self.keys.find(value));
        let Some(key) = key else {
            return Err(refused("no API key has this value".to_owned()));
        };
        if !key.enabled {
            return Err(refused(format!("the API key {} is disabled", key.id)));
        }
        match self.plans.get(&key.plan) {
            Some(plan) => Ok((key, plan)),
            None => Err(refused(format!(
                "the usage plan {} of the API key {} is not declared",
                key.plan, key.id
            ))),
        }
    }
}

fn used_up(key: &ApiKey) -> GatewayError {
    let reason = format!(
        "the quota of the key {} of plan {} is used up",
        key.id, key.plan
    );
    GatewayError::new(ResponseType::QuotaExceeded, reason)
}
