//! Section 8.1: token buckets.

use std::time::Duration;

use gateway::{Configuration, HttpApi, Route, Throttle, Timestamp, limits};

use crate::fixture::{Decision, configuration, get, now, receive, request, route, text};

fn throttle(rate: f64, burst: u32) -> Option<Throttle> {
    Some(Throttle { rate, burst })
}

/// An API with the routes `/own`, which has this throttle, and `/a` and `/b`, which have none.
fn api(own: Option<Throttle>) -> HttpApi {
    HttpApi::new(Configuration {
        routes: vec![
            Route {
                throttle: own,
                ..route("GET /own")
            },
            route("GET /a"),
            route("GET /b"),
        ],
        ..Configuration::default()
    })
    .unwrap()
}

/// How many of `tries` requests at one moment are let through.
fn admitted(api: &HttpApi, target: &str, tries: usize, at: Timestamp) -> usize {
    (0..tries)
        .filter(|_| match receive(api, &get(target), at) {
            Decision::Invoke(_) => true,
            Decision::Answer(answer) => {
                assert_eq!(answer.response.status(), 429);
                assert_eq!(text(&answer.response), r#"{"message":"Too Many Requests"}"#);
                assert!(!answer.response.headers().contains_key("retry-after"));
                false
            }
            other => panic!("not decided: {other:?}"),
        })
        .count()
}

// Fact 8.1.
#[test]
fn a_burst_passes_at_once_and_then_the_rate() {
    let api = api(throttle(10.0, 5));

    assert_eq!(admitted(&api, "/own", 20, now()), 5);
    assert_eq!(
        admitted(&api, "/own", 20, now() + Duration::from_millis(100)),
        1
    );
    assert_eq!(
        admitted(&api, "/own", 20, now() + Duration::from_millis(350)),
        2
    );
    assert_eq!(
        admitted(&api, "/own", 20, now() + Duration::from_secs(60)),
        5
    );
}

#[test]
fn a_throttle_of_zero_closes_a_route() {
    for (rate, burst) in [(0.0, 5), (5.0, 0), (0.0, 0), (1e-300, 5)] {
        let api = api(throttle(rate, burst));
        assert_eq!(admitted(&api, "/own", 3, now()), 0, "{rate}, {burst}");
    }
}

#[test]
fn a_throttle_without_bounds_lets_everything_through() {
    let api = api(throttle(f64::MAX, u32::MAX));

    assert_eq!(admitted(&api, "/own", 1_000, now()), 1_000);
}

#[test]
fn a_clock_that_is_set_back_does_not_close_a_route() {
    let api = api(throttle(10.0, 5));
    let yesterday = now() - Duration::from_secs(86_400);
    admitted(&api, "/own", 9, now());

    assert_eq!(admitted(&api, "/own", 9, yesterday), 0);
    assert_eq!(
        admitted(&api, "/own", 9, yesterday + Duration::from_secs(1)),
        5
    );
}

// Fact 8.1.
#[test]
fn a_throttled_route_has_its_own_bucket() {
    let api = api(throttle(1.0, 3));

    assert_eq!(admitted(&api, "/own", 9, now()), 3);
    assert_eq!(admitted(&api, "/a", 9, now()), 9);
}

// Fact 8.1.
#[test]
fn the_account_has_one_bucket_for_all_routes() {
    let api = api(throttle(1e9, u32::MAX));

    assert_eq!(admitted(&api, "/own", 2_000, now()), 2_000);
    assert_eq!(admitted(&api, "/a", 2_000, now()), 2_000);
    assert_eq!(admitted(&api, "/b", 2_000, now()), 1_000);
    let Throttle { rate, burst } = limits::ACCOUNT_THROTTLE;
    assert_eq!((rate, burst), (10_000.0, 5_000));
}

#[test]
fn the_accounts_quota_can_be_another() {
    let mut configuration = configuration(&["GET /a", "GET /b"]);
    configuration.account_throttle = Some(Throttle {
        rate: 10.0,
        burst: 5,
    });
    let api = HttpApi::new(configuration).unwrap();

    assert_eq!(admitted(&api, "/a", 9, now()), 5);
    assert_eq!(admitted(&api, "/b", 9, now()), 0);
}

// Fact 8.1.
#[test]
fn a_refused_request_takes_no_token() {
    let api = api(throttle(1.0, 1));

    for _ in 0..5 {
        receive(&api, &request("POST", "/own"), now());
    }

    assert_eq!(admitted(&api, "/own", 3, now()), 1);
}

#[test]
fn a_throttled_request_needs_no_body() {
    let api = api(throttle(1.0, 1));
    let reads = || matches!(api.receive(&get("/own"), now()), gateway::Decision::Body(_));

    assert!(reads());
    assert!(!reads());
}
