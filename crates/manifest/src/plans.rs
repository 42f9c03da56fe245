//! Usage plans: how many requests the owners of API keys may send to a REST API.

use std::collections::BTreeMap;

use serde::Serialize;
use strum::VariantNames;

use crate::{
    error::{Found, Problems},
    fields::{Fields, did_you_mean},
    function::{Function, check_name},
    member::Members,
    trigger::{Throttle, Trigger},
};

/// What each API key of a usage plan may send.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Plan {
    pub throttle: Option<Throttle>,
    pub quota: Option<Quota>,
    /// The throttles of single routes, by the name of their function.
    pub routes: BTreeMap<String, Throttle>,
}

/// A number of requests in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quota {
    pub limit: u32,
    pub period: Period,
    /// The requests that count as sent when the first period begins.
    pub offset: u32,
}

/// The period of a quota.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Period {
    Day,
    Week,
    Month,
}

const FIELD: &str = "workspace.metadata.plans";

/// The limits of API Gateway: a quota is a 32-bit integer, and a plan has this many throttles of
/// methods for one stage.
const MAX_QUOTA: u32 = i32::MAX as u32;
const MAX_ROUTES: usize = 20;

/// Reads the declarations of the workspace by the names of the plans.
pub(crate) fn read(members: &Members, found: &mut Found) -> BTreeMap<String, Plan> {
    let root_manifest = members.root_manifest();
    let mut problems = found.in_file(&root_manifest);
    let mut plans = BTreeMap::new();
    let Some(declared) = &members.plans else {
        return plans;
    };
    let Some(fields) = Fields::open(FIELD, declared, &mut problems) else {
        return plans;
    };
    for (name, value) in fields.all() {
        let field = format!("{FIELD}.{name}");
        if check_name(name).is_err() {
            problems.add(
                &*field,
                "the name of a plan has up to 41 lower-case letters, digits and hyphens, a letter \
                 first",
            );
        }
        if let Some(fields) = Fields::open(field, value, &mut problems) {
            plans.insert(name.clone(), Plan::read(fields, &mut problems));
        }
    }
    plans
}

/// Adds a problem for each throttle of a plan that limits no route with an API key.
pub(crate) fn check(
    plans: &BTreeMap<String, Plan>,
    functions: &[Function],
    problems: &mut Problems<'_>,
) {
    for (plan, name) in plans
        .iter()
        .flat_map(|(plan, declared)| declared.routes.keys().map(move |name| (plan, name)))
    {
        let field = format!("{FIELD}.{plan}.routes.{name}");
        let routes = || {
            functions
                .iter()
                .filter_map(|function| match &function.trigger {
                    Trigger::Http(http) => Some((function.name.as_str(), http)),
                    Trigger::Authorizer(_) => None,
                })
        };
        match routes().find(|(function, _)| function == name) {
            None => {
                let hint = did_you_mean(name, routes().map(|(function, _)| function));
                problems.add(
                    field,
                    format!("no function with a route has this name{hint}"),
                );
            }
            Some((_, http)) if !http.requires_key => problems.add(
                field,
                "a plan limits only routes that require an API key; add key = true to the route",
            ),
            Some(_) => {}
        }
    }
}

impl Plan {
    fn read(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let mut plan = Self {
            throttle: Throttle::read(&mut fields, problems),
            quota: Quota::read(&mut fields, problems),
            routes: BTreeMap::new(),
        };
        let routes = fields.name_of("routes");
        for (name, value) in fields.table("routes", problems) {
            let throttle = Throttle::of(format!("{routes}.{name}"), value, problems);
            plan.routes
                .extend(throttle.map(|throttle| (name.clone(), throttle)));
        }
        if plan.routes.len() > MAX_ROUTES {
            problems.add(
                routes,
                format!(
                    "has {} throttles; API Gateway allows {MAX_ROUTES} for a stage",
                    plan.routes.len()
                ),
            );
        }
        fields.finish(problems);
        plan
    }
}

impl Quota {
    /// Reads the field `quota`, if it is there.
    fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let value = fields.take("quota")?;
        let mut fields = Fields::open(fields.name_of("quota"), value, problems)?;
        fields.require("limit", "the number of requests in a period", problems);
        fields.require("period", "as in \"day\"", problems);
        let limit = fields.whole("limit", 1, MAX_QUOTA, "", problems);
        let period = fields.text("period", problems).and_then(|text| {
            let period = text.parse().ok();
            if period.is_none() {
                let hint = did_you_mean(text, Period::VARIANTS.iter().copied());
                let message = format!("unknown period {text:?}{hint}");
                problems.add(fields.name_of("period"), message);
            }
            period
        });
        let offset = fields.whole("offset", 0, MAX_QUOTA, "", problems);
        if let (Some(limit), Some(offset)) = (limit, offset)
            && offset > limit
        {
            let message = format!("must not be more than the limit, {limit}");
            problems.add(fields.name_of("offset"), message);
        }
        fields.finish(problems);
        Some(Self {
            limit: limit?,
            period: period?,
            offset: offset.unwrap_or(0),
        })
    }
}
