//! Section 8.1: token buckets.

use std::time::Duration;

use gateway::{Configuration, Decision, HttpApi, Route, Stage, Throttle, Timestamp};

use crate::fixture::{get, now, route, text};

fn throttle(rate: f64, burst: u32) -> Option<Throttle> {
    Some(Throttle { rate, burst })
}

fn api(account: Option<Throttle>, stage: Option<Throttle>, own: Option<Throttle>) -> HttpApi {
    let mut stages = vec![Stage::new("$default"), Stage::new("dev")];
    stages[0].throttle = stage;
    HttpApi::new(Configuration {
        account_throttle: account,
        stages,
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
        .filter(|_| match api.receive(&get(target), at) {
            Decision::Invoke(_) => true,
            Decision::Answer(answer) => {
                assert_eq!(answer.response.status(), 429);
                assert_eq!(text(&answer.response), r#"{"message":"Too Many Requests"}"#);
                assert!(!answer.response.headers().contains_key("retry-after"));
                false
            }
            Decision::Fetch(document) => panic!("nothing is to be fetched: {document:?}"),
        })
        .count()
}

// Fact 8.1.
#[test]
fn a_burst_passes_at_once_and_then_the_rate() {
    let api = api(None, throttle(10.0, 5), None);

    assert_eq!(admitted(&api, "/a", 20, now()), 5);
    assert_eq!(
        admitted(&api, "/a", 20, now() + Duration::from_millis(100)),
        1
    );
    assert_eq!(
        admitted(&api, "/a", 20, now() + Duration::from_millis(350)),
        2
    );
    assert_eq!(admitted(&api, "/a", 20, now() + Duration::from_secs(60)), 5);
}

// Fact 8.1.
#[test]
fn each_route_and_stage_has_its_own_bucket() {
    let api = api(None, throttle(1.0, 3), None);

    assert_eq!(admitted(&api, "/a", 9, now()), 3);
    assert_eq!(admitted(&api, "/b", 9, now()), 3);
    assert_eq!(admitted(&api, "/dev/a", 9, now()), 9);
}

// Fact 8.1.
#[test]
fn a_routes_own_throttle_takes_the_place_of_the_stages() {
    let api = api(None, throttle(1.0, 3), throttle(1.0, 7));

    assert_eq!(admitted(&api, "/own", 9, now()), 7);
    assert_eq!(admitted(&api, "/dev/own", 9, now()), 7);
}

// Fact 8.1.
#[test]
fn the_account_has_one_bucket_for_all() {
    let api = api(throttle(1.0, 4), None, None);

    assert_eq!(admitted(&api, "/a", 3, now()), 3);
    assert_eq!(admitted(&api, "/b", 3, now()), 1);
    let default = Configuration::default().account_throttle;
    assert_eq!(default, throttle(10_000.0, 5_000));
}

#[test]
fn a_throttle_of_zero_closes_a_route() {
    for (rate, burst) in [(0.0, 5), (5.0, 0), (0.0, 0), (1e-300, 5)] {
        let api = api(None, None, throttle(rate, burst));
        assert_eq!(admitted(&api, "/own", 3, now()), 0, "{rate}, {burst}");
    }
}

#[test]
fn a_throttle_without_bounds_lets_everything_through() {
    let api = api(None, None, throttle(f64::MAX, u32::MAX));

    assert_eq!(admitted(&api, "/own", 1_000, now()), 1_000);
}

#[test]
fn a_clock_that_is_set_back_does_not_close_the_door() {
    let api = api(None, throttle(10.0, 5), None);
    let yesterday = now() - Duration::from_secs(86_400);
    admitted(&api, "/a", 9, now());

    assert_eq!(admitted(&api, "/a", 9, yesterday), 0);
    assert_eq!(
        admitted(&api, "/a", 9, yesterday + Duration::from_secs(1)),
        5
    );
}

#[test]
fn what_the_gateway_answers_itself_takes_no_token() {
    let api = api(throttle(1.0, 1), None, None);

    for _ in 0..5 {
        api.receive(&get("/unknown"), now());
    }

    assert_eq!(admitted(&api, "/a", 3, now()), 1);
}
