//! Section 4 of the REST facts: API keys and usage plans.

use std::{collections::BTreeMap, sync::Arc};

use gateway::{Access, Api, ApiKey, ApiKeys, Route, Throttle, Timestamp};
use manifest::{Period, Plan, Quota};
use serde_json::json;

use super::fixture::{event, open, with_routes};
use crate::fixture::{
    Decision, Request, With, answered, get, guarded, header, invoked, now, receive, request, route,
    text,
};

const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;
const TOO_MANY_REQUESTS: &str = r#"{"message":"Too Many Requests"}"#;
const LIMIT_EXCEEDED: &str = r#"{"message":"Limit Exceeded"}"#;

fn keyed(key: &str) -> Route {
    Route {
        requires_key: true,
        ..route(key)
    }
}

/// A key whose value is its id with the prefix `value-`.
fn key(id: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        value: format!("value-{id}"),
        plan: "basic".to_owned(),
        enabled: true,
        created: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn quota(limit: u32, period: Period) -> Plan {
    Plan {
        quota: Some(Quota {
            limit,
            period,
            offset: 0,
        }),
        ..Plan::default()
    }
}

/// An API whose routes `GET /` and `GET /other` require a key of the plan `basic`.
fn api_with(plan: Plan, keys: &Arc<ApiKeys>) -> Api {
    let mut configuration = with_routes(vec![
        keyed("GET /"),
        keyed("GET /other"),
        route("GET /open"),
    ]);
    configuration.plans = BTreeMap::from([("basic".to_owned(), plan)]);
    configuration.keys = Arc::clone(keys);
    open(configuration)
}

/// An API with the keys `a` and `b`.
fn api(plan: Plan) -> Api {
    let keys = ApiKeys::new([key("a"), key("b")], []);
    api_with(plan, &Arc::new(keys))
}

fn with_key(target: &str, id: &str) -> Request {
    get(target).with("x-api-key", &format!("value-{id}"))
}

/// The body of the gateway's own answer, or `invoked`.
fn outcome(api: &Api, request: &Request, at: Timestamp) -> String {
    match receive(api, request, at) {
        Decision::Invoke(_) => "invoked".to_owned(),
        Decision::Answer(answer) => text(&answer.response).to_owned(),
        other => panic!("not decided: {other:?}"),
    }
}

/// How many of `tries` requests at one moment are let through. The others have this answer.
fn admitted(api: &Api, request: &Request, tries: usize, at: Timestamp, refusal: &str) -> usize {
    let outcomes = (0..tries).map(|_| outcome(api, request, at));
    let (admitted, refused): (Vec<_>, Vec<_>) = outcomes.partition(|outcome| outcome == "invoked");
    assert!(refused.iter().all(|body| body == refusal), "{refused:?}");
    admitted.len()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

// Fact R4.1. Acceptance row 27.
#[test]
fn only_an_enabled_key_of_a_declared_plan_is_accepted() {
    let disabled = ApiKey {
        enabled: false,
        ..key("disabled")
    };
    let of_another_plan = ApiKey {
        plan: "removed".to_owned(),
        ..key("other")
    };
    let keys = ApiKeys::new([key("a"), disabled, of_another_plan], []);
    let api = api_with(Plan::default(), &Arc::new(keys));

    for refused in [
        get("/stage"),
        get("/stage?x-api-key=value-a"),
        with_key("/stage", "unknown"),
        with_key("/stage", "A"),
        with_key("/stage", "disabled"),
        with_key("/stage", "other"),
        get("/stage").with_bytes("x-api-key", b"value-\xff"),
        get("/stage").with("x-api-key", ""),
    ] {
        let response = answered(&api, &refused);
        assert_eq!(response.status(), 403, "{:?}", refused.headers);
        assert_eq!(text(&response), FORBIDDEN);
        assert_eq!(
            header(&response, "x-amzn-errortype"),
            ["ForbiddenException"]
        );
    }
    assert_eq!(invoked(&api, &with_key("/stage", "a")).integration, "GET /");
    assert_eq!(invoked(&api, &get("/stage/open")).integration, "GET /open");
}

#[test]
fn a_key_of_21_kilobytes_is_refused_as_a_head_that_is_too_long() {
    let long = get("/stage").with("x-api-key", &"k".repeat(21_000));

    assert_eq!(answered(&api(Plan::default()), &long).status(), 431);
}

#[test]
fn a_new_a_disabled_and_a_deleted_key_count_at_once() {
    let keys = Arc::new(ApiKeys::new([key("a"), key("deleted")], []));
    let api = api_with(Plan::default(), &keys);
    assert_eq!(outcome(&api, &with_key("/stage", "a"), now()), "invoked");

    let disabled = ApiKey {
        enabled: false,
        ..key("a")
    };
    keys.replace([disabled, key("b")]);

    for (id, expected) in [("a", FORBIDDEN), ("deleted", FORBIDDEN), ("b", "invoked")] {
        assert_eq!(
            outcome(&api, &with_key("/stage", id), now()),
            expected,
            "{id}"
        );
    }
}

// Fact R4.9.
#[test]
fn the_event_has_the_value_and_the_id_of_the_key() {
    let api = api(Plan::default());

    let with = event(&api, &with_key("/stage", "a"));
    let without = event(&api, &with_key("/stage/open", "a"));

    let identity = &with["requestContext"]["identity"];
    assert_eq!(identity["apiKey"], "value-a");
    assert_eq!(identity["apiKeyId"], "a");
    assert_eq!(without["requestContext"]["identity"].get("apiKey"), None);
}

#[test]
fn the_authorizer_of_a_route_comes_before_its_key() {
    let mut configuration = with_routes(vec![Route {
        requires_key: true,
        ..guarded("GET /", Access::Iam)
    }]);
    configuration.plans = BTreeMap::from([("basic".to_owned(), Plan::default())]);

    let response = answered(&open(configuration), &get("/stage"));

    assert_eq!(
        text(&response),
        r#"{"message":"Missing Authentication Token"}"#
    );
}

// Facts R4.2 and R4.4. Acceptance row 27.
#[test]
fn a_quota_lets_its_limit_through_for_each_key() {
    let api = api(quota(3, Period::Day));

    for id in ["a", "b"] {
        let request = with_key("/stage", id);
        assert_eq!(admitted(&api, &request, 8, now(), LIMIT_EXCEEDED), 3);
    }

    let response = answered(&api, &with_key("/stage/other", "a"));
    assert_eq!(response.status(), 429);
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        ["LimitExceededException"]
    );
    assert!(!response.headers().contains_key("retry-after"));
}

#[test]
fn requests_that_arrive_together_do_not_exceed_the_quota() {
    let api = api(quota(3, Period::Day));
    let request = with_key("/stage", "a");

    // All heads arrive before the first body.
    let accepted: Vec<_> = (0..10)
        .map(|_| match api.receive(&request, now()) {
            gateway::Decision::Body(accepted) => accepted,
            other => panic!("not accepted: {other:?}"),
        })
        .collect();
    let outcomes = accepted
        .into_iter()
        .map(|accepted| api.invoke(*accepted, &request, &request.body, now()));
    let (invoked, refused): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);

    assert_eq!((invoked.len(), refused.len()), (3, 7));
    for answer in refused {
        assert_eq!(text(&answer.unwrap_err().response), LIMIT_EXCEEDED);
    }
}

// Fact R4.6.
#[test]
fn a_quota_begins_anew_with_its_period_in_utc() {
    for (period, first, last, next) in [
        (
            Period::Day,
            "2026-07-10T00:00:00Z",
            "2026-07-10T23:59:59.999Z",
            "2026-07-11T00:00:00Z",
        ),
        // A Monday, a Sunday and a Monday.
        (
            Period::Week,
            "2026-07-06T00:00:00Z",
            "2026-07-12T23:59:59.999Z",
            "2026-07-13T00:00:00Z",
        ),
        (
            Period::Month,
            "2026-02-01T00:00:00Z",
            "2026-02-28T23:59:59.999Z",
            "2026-03-01T00:00:00Z",
        ),
    ] {
        let api = api(quota(1, period));
        let request = with_key("/stage", "a");

        let outcomes = [first, last, next].map(|at| outcome(&api, &request, time(at)));

        assert_eq!(
            outcomes,
            ["invoked", LIMIT_EXCEEDED, "invoked"],
            "{period:?}"
        );
    }
}

#[test]
fn a_clock_that_is_set_back_finds_what_was_counted() {
    let api = api(quota(2, Period::Day));
    let request = with_key("/stage", "a");
    let (today, tomorrow) = (time("2026-07-10T12:00:00Z"), time("2026-07-11T12:00:00Z"));

    assert_eq!(admitted(&api, &request, 1, today, LIMIT_EXCEEDED), 1);
    assert_eq!(admitted(&api, &request, 5, tomorrow, LIMIT_EXCEEDED), 2);

    assert_eq!(admitted(&api, &request, 5, today, LIMIT_EXCEEDED), 1);
}

// Fact R4.4.
#[test]
fn the_offset_counts_in_the_first_period_of_a_key() {
    let created = "2026-07-10T12:00:00Z";
    let key = ApiKey {
        created: time(created),
        ..key("a")
    };
    let mut plan = quota(5, Period::Day);
    plan.quota.as_mut().unwrap().offset = 3;
    let api = api_with(plan, &Arc::new(ApiKeys::new([key], [])));
    let request = with_key("/stage", "a");

    let first = admitted(&api, &request, 9, time(created), LIMIT_EXCEEDED);
    let later = time("2026-07-11T00:00:00Z");
    let second = admitted(&api, &request, 9, later, LIMIT_EXCEEDED);

    assert_eq!((first, second), (2, 5));
}

// Fact R4.5.
#[test]
fn requests_that_the_gateway_refuses_do_not_count() {
    let keys = Arc::new(ApiKeys::new([key("a")], []));
    let plan = quota(2, Period::Day);
    let mut post = keyed("POST /");
    let models = [("application/json".to_owned(), "Item".to_owned())];
    post.checks.models = models.into();
    let mut configuration = with_routes(vec![post]);
    let model = json!({"type": "object", "required": ["name"]});
    configuration.models = BTreeMap::from([("Item".to_owned(), model)]);
    configuration.plans = BTreeMap::from([("basic".to_owned(), plan.clone())]);
    configuration.keys = Arc::clone(&keys);
    let api = open(configuration);
    let post = |body: &str| {
        let request = request("POST", "/stage").with("x-api-key", "value-a");
        request.body(body.to_owned())
    };
    let used = || keys.used(&key("a"), plan.quota.unwrap(), now());

    assert_eq!(answered(&api, &post("{}")).status(), 400);
    assert_eq!(
        answered(&api, &with_key("/stage/unknown", "a")).status(),
        403
    );
    let too_long = "x".repeat(gateway::limits::BODY + 1);
    assert_eq!(answered(&api, &post(&too_long)).status(), 413);
    assert_eq!(used(), 0);

    // Counted before the function is invoked, whatever comes of it.
    let invocation = invoked(&api, &post(r#"{"name":"a"}"#));
    assert_eq!(used(), 1);
    assert_eq!(invocation.counted.unwrap().key_id, "a");
}

#[test]
fn counts_of_an_earlier_run_are_continued() {
    let before = api(quota(3, Period::Month));
    let counted = invoked(&before, &with_key("/stage", "a")).counted.unwrap();

    let keys = ApiKeys::new([key("a")], [(counted, 2)]);
    let api = api_with(quota(3, Period::Month), &Arc::new(keys));

    let request = with_key("/stage", "a");
    assert_eq!(admitted(&api, &request, 5, now(), LIMIT_EXCEEDED), 1);
}

// Fact R4.3.
#[test]
fn a_plan_throttles_each_key_by_itself() {
    let api = api(Plan {
        throttle: Some(Throttle {
            rate: 1.0,
            burst: 4,
        }),
        ..Plan::default()
    });

    for id in ["a", "b"] {
        let request = with_key("/stage", id);
        assert_eq!(admitted(&api, &request, 9, now(), TOO_MANY_REQUESTS), 4);
    }

    let elsewhere = with_key("/stage/other", "a");
    assert_eq!(outcome(&api, &elsewhere, now()), TOO_MANY_REQUESTS);
    let response = answered(&api, &elsewhere);
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        ["TooManyRequestsException"]
    );
}

#[test]
fn the_throttle_of_a_route_takes_the_place_of_the_plans() {
    let throttle = |burst| Throttle { rate: 1.0, burst };
    let api = api(Plan {
        throttle: Some(throttle(2)),
        routes: BTreeMap::from([("GET /".to_owned(), throttle(5))]),
        quota: None,
    });

    let own = with_key("/stage", "a");
    let other = with_key("/stage/other", "a");
    assert_eq!(admitted(&api, &own, 9, now(), TOO_MANY_REQUESTS), 5);
    assert_eq!(admitted(&api, &other, 9, now(), TOO_MANY_REQUESTS), 2);
}

#[test]
fn a_throttled_request_does_not_count_in_the_quota() {
    let api = api(Plan {
        throttle: Some(Throttle {
            rate: 1.0,
            burst: 1,
        }),
        ..quota(2, Period::Day)
    });
    let request = with_key("/stage", "a");

    assert_eq!(admitted(&api, &request, 9, now(), TOO_MANY_REQUESTS), 1);

    let later = time("2026-07-10T20:00:00Z");
    assert_eq!(outcome(&api, &request, later), "invoked");
}
