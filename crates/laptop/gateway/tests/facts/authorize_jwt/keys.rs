//! Finding the keys, keeping them, and what happens when they cannot be fetched.

use super::*;

// Fact 5.7.
#[test]
fn the_keys_are_found_through_discovery() {
    let api = api_with(|configuration| {
        configuration.jwt = Some(JwtAuthorizer {
            issuer: "https://issuer.example.com/".to_owned(),
            ..authorizer()
        });
    });
    let request = bearing(
        "/notes",
        &sign(&claims(json!({"iss": "https://issuer.example.com/"}))),
    );

    let Decision::Fetch(discovery) = receive(&api, &request, now()) else {
        panic!("discovery is fetched first");
    };
    assert_eq!(
        discovery.url(),
        "https://issuer.example.com/.well-known/openid-configuration"
    );
    api.supply(&discovery, provide(&discovery), now());
    let Decision::Fetch(keys) = receive(&api, &request, now()) else {
        panic!("then the keys");
    };
    assert_eq!(keys.url(), "https://issuer.example.com/keys");
    api.supply(&keys, provide(&keys), now());
    assert!(matches!(
        receive(&api, &request, now()),
        Decision::Invoke(_)
    ));
}

// Fact 5.8.
#[test]
fn keys_are_kept_for_two_hours() {
    let api = api();
    let at = |after: Duration| now() + after;
    let long = bearing("/notes", &sign(&claims(json!({"exp": seconds() + 90_000}))));
    decide(&api, &long);

    let almost = Duration::from_secs(2 * 60 * 60 - 1);
    assert!(matches!(
        receive(&api, &long, at(almost)),
        Decision::Invoke(_)
    ));
    assert!(matches!(
        receive(&api, &long, at(limits::KEY_SET_AGE)),
        Decision::Fetch(_)
    ));
    assert!(matches!(
        decide_at(&api, &long, at(limits::KEY_SET_AGE)),
        Decision::Invoke(_)
    ));
}

// Fact 5.9.
#[test]
fn an_unknown_kid_fetches_nothing() {
    let unknown = bearing(
        "/notes",
        &sign_as(Algorithm::RS256, Some("key-2"), &KEY, &good_claims()),
    );
    let api = api();
    decide(&api, &bearing("/notes", &token()));

    assert!(matches!(
        receive(&api, &unknown, now()),
        Decision::Answer(_)
    ));
}

// Fact 5.10.
#[test]
fn the_limits_are_those_of_the_documentation() {
    assert_eq!(limits::FETCH_TIMEOUT, Duration::from_millis(1_500));
    assert_eq!(limits::KEY_SET, 150_000);
    assert_eq!(limits::AUDIENCES, 50);
}

#[test]
fn a_failed_fetch_is_remembered_for_a_moment_and_then_tried_again() {
    let api = api();
    let request = bearing("/notes", &token());
    let Decision::Fetch(document) = receive(&api, &request, now()) else {
        panic!("nothing to fetch");
    };
    api.supply(&document, Err(FetchError::TimedOut), now());

    let soon = now() + Duration::from_secs(4);
    let later = now() + Duration::from_secs(5);
    assert!(matches!(receive(&api, &request, soon), Decision::Answer(_)));
    assert!(matches!(receive(&api, &request, later), Decision::Fetch(_)));
}

#[test]
fn only_one_of_many_waiting_requests_has_to_fetch() {
    let api = api();
    let request = bearing("/notes", &token());
    let (Decision::Fetch(first), Decision::Fetch(second)) = (
        receive(&api, &request, now()),
        receive(&api, &request, now()),
    ) else {
        panic!("nothing to fetch");
    };

    assert!(api.still_wants(&first));
    api.supply(&first, provide(&first), now());

    assert!(!api.still_wants(&second));
}
