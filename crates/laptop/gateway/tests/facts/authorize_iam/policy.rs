//! What a principal may call, and what the function learns about it.

use super::*;

// Fact 6.2.
#[test]
fn what_a_principal_may_call_is_a_pattern_of_method_and_path() {
    let request = case("an encoded path").request();
    for (allow, allowed) in [
        (vec!["*"], true),
        (vec!["GET/things/*"], true),
        (vec!["GET/*"], true),
        (vec!["*/things/a b/*"], true),
        (vec!["GET/things/a?b/*"], true),
        (vec!["POST/*", "GET/things/*/?~_-.x"], true),
        (vec!["POST/*"], false),
        (vec!["GET/things"], false),
        (vec!["GET/things/*/z"], false),
        (vec!["get/things/*"], false),
        (vec![], false),
    ] {
        let decision = decide(&api_for(principal(None, &allow)), &request);
        assert_eq!(decision.is_ok(), allowed, "{allow:?}: {decision:?}");
    }
}

// Fact 6.2.
#[test]
fn a_denial_names_the_resource_for_the_log() {
    let request = case("a plain GET").request();

    let reason = decide(&api_for(principal(None, &[])), &request).unwrap_err();

    assert_eq!(
        reason,
        "arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:Invoke on \
         resource: arn:aws:execute-api:us-east-1:000000000000:colonnade0/$default/GET/things"
    );
}

// Fact 6.7.
#[test]
fn an_unknown_route_is_a_404_and_not_a_403() {
    let api = HttpApi::new(Configuration {
        routes: vec![guarded("GET /things", Access::Iam)],
        ..configuration(&[])
    })
    .unwrap();

    assert_eq!(crate::fixture::answered(&api, &get("/other")).status(), 404);
    assert_eq!(
        crate::fixture::answered(&api, &get("/things")).status(),
        403
    );
}

// Fact 2.5.
#[test]
fn the_event_names_the_caller() {
    let event = decide(&api(), &case("a plain GET").request()).unwrap();

    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({
            "iam": {
                "accessKey": "AKIDEXAMPLE",
                "accountId": "123456789012",
                "callerId": "AIDAEXAMPLE",
                "cognitoIdentity": null,
                "principalOrgId": null,
                "userArn": "arn:aws:iam::123456789012:user/ann",
                "userId": "AIDAEXAMPLE"
            }
        })
    );
}

#[test]
fn payload_format_1_0_names_the_caller_in_the_identity() {
    let mut configuration = configuration_for(principal(None, &["*"]));
    configuration.routes[0].payload_format = PayloadFormat::V1;
    let api = HttpApi::new(configuration).unwrap();

    let event = decide(&api, &case("a plain GET").request()).unwrap();

    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["accessKey"], "AKIDEXAMPLE");
    assert_eq!(identity["accountId"], "123456789012");
    assert_eq!(identity["caller"], "AIDAEXAMPLE");
    assert_eq!(identity["user"], "AIDAEXAMPLE");
    assert_eq!(identity["userArn"], "arn:aws:iam::123456789012:user/ann");
}

#[test]
fn a_principal_keeps_its_secret_out_of_the_log() {
    let shown = format!("{:?}", principal(Some("token"), &["*"]));

    assert!(shown.contains("AKIDEXAMPLE"));
    assert!(
        !shown.contains("wJalr") && !shown.contains("token"),
        "{shown}"
    );
}
