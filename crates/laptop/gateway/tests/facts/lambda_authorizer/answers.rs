//! What the answers and failures of authorizers are for the client and for the function.

use gateway::{AuthorizerOutcome, HttpApi, Mapping, PayloadFormat};
use serde_json::{Value, json};

use super::{
    Api, accepted, allowing, by_request, by_token, decide_at, http, note, output, policy,
    protected, refused, rest, route_of, simple,
};
use crate::fixture::{Decision, header, now, text};

#[track_caller]
fn assert_rest_refusal(outcome: AuthorizerOutcome, status: u16, error: &str, body: &str) {
    for api in [rest(by_token()), rest(by_request())] {
        let response = refused(&api, outcome.clone());

        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "x-amzn-errortype"), [error]);
        assert_eq!(text(&response), body);
    }
}

#[track_caller]
fn assert_http_refusal(api: &Api, outcome: AuthorizerOutcome, status: u16, body: &str) {
    let response = refused(api, outcome);

    assert_eq!(response.status(), status);
    assert_eq!(text(&response), body);
}

fn error(message: &str) -> AuthorizerOutcome {
    let error = json!({ "errorType": "Error", "errorMessage": message });
    AuthorizerOutcome::FunctionError(error.to_string().into())
}

// Acceptance row 29.
#[test]
fn a_rest_authorizer_that_denies_is_a_403_with_its_text() {
    assert_rest_refusal(
        output(&policy("Deny", "*")),
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#,
    );
    assert_rest_refusal(
        output(&policy("Allow", "arn:aws:execute-api:*/other")),
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource"}"#,
    );
}

// Acceptance row 29.
#[test]
fn a_rest_authorizer_that_fails_is_a_500_without_a_message() {
    for outcome in [
        error("unauthorized"),
        error("Unauthorized."),
        AuthorizerOutcome::FunctionError("not JSON".into()),
        AuthorizerOutcome::TimedOut,
        AuthorizerOutcome::NotInvocable,
    ] {
        assert_rest_refusal(
            outcome,
            500,
            "AuthorizerConfigurationException",
            r#"{"message":null}"#,
        );
    }
}

// Fact R3.9.
#[test]
fn the_error_unauthorized_of_a_rest_authorizer_is_a_401() {
    assert_rest_refusal(
        error("Unauthorized"),
        401,
        "UnauthorizedException",
        r#"{"message":"Unauthorized"}"#,
    );
}

#[test]
fn a_rest_answer_that_is_not_valid_is_a_500() {
    let mut unknown_effect = policy("Allow", "*");
    unknown_effect["policyDocument"]["Statement"][0]["Effect"] = "allow".into();
    let mut condition = policy("Allow", "*");
    condition["policyDocument"]["Statement"][0]["Condition"] = json!({});
    let mut two_actions = policy("Allow", "*");
    two_actions["policyDocument"]["Statement"][0]["NotAction"] = "*".into();
    let mut no_resource = policy("Allow", "*");
    no_resource["policyDocument"]["Statement"][0]["Resource"] = Value::Null;
    for answer in [
        json!(null),
        json!("Allow"),
        json!([]),
        json!({ "principalId": "ann" }),
        json!({ "isAuthorized": true }),
        allowing(json!({ "roles": ["a"] })),
        allowing(json!({ "address": {} })),
        allowing(json!({ "name": null })),
        allowing(json!("text")),
        unknown_effect,
        condition,
        two_actions,
        no_resource,
    ] {
        assert_rest_refusal(
            output(&answer),
            500,
            "AuthorizerConfigurationException",
            r#"{"message": "Internal server error"}"#,
        );
    }
    let nonsense = AuthorizerOutcome::Payload("{".repeat(10_000).into());
    assert_eq!(refused(&rest(by_token()), nonsense).status(), 500);
}

#[test]
fn an_http_authorizer_that_denies_is_a_403() {
    for effect in ["Deny", "Allow"] {
        let denying = output(&policy(effect, "arn:aws:execute-api:*/other"));
        let denied = output(&policy("Deny", "*"));
        let answer = if effect == "Deny" { denied } else { denying };
        assert_http_refusal(
            &http(by_request()),
            answer,
            403,
            r#"{"message":"Forbidden"}"#,
        );
    }
    let unauthorized = output(&json!({ "isAuthorized": false, "context": {} }));
    assert_http_refusal(
        &http(simple()),
        unauthorized,
        403,
        r#"{"message":"Forbidden"}"#,
    );
}

#[test]
fn an_http_authorizer_that_fails_or_answers_nonsense_is_a_500() {
    for outcome in [
        error("Unauthorized"),
        AuthorizerOutcome::TimedOut,
        AuthorizerOutcome::NotInvocable,
        AuthorizerOutcome::Payload("nonsense".into()),
        output(&json!({ "isAuthorized": "true" })),
        output(&json!({})),
    ] {
        for api in [http(by_request()), http(simple())] {
            let body = r#"{"message":"Internal Server Error"}"#;
            assert_http_refusal(&api, outcome.clone(), 500, body);
        }
    }
    let policy = output(&policy("Allow", "*"));
    let simple = http(simple());
    assert_eq!(refused(&simple, policy).status(), 500);
}

// Fact R3.8.
#[test]
fn a_rest_event_has_the_context_as_strings() {
    let context = json!({ "plan": "gold", "level": 7, "admin": true });

    let event = accepted(&rest(by_token()), &allowing(context));

    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({
            "principalId": "ann",
            "integrationLatency": 0,
            "plan": "gold",
            "level": "7",
            "admin": "true",
        })
    );
}

// Fact R3.7.
#[test]
fn an_answer_without_a_principal_is_accepted() {
    let mut answer = policy("Allow", "*");
    answer.as_object_mut().unwrap().remove("principalId");

    let event = accepted(&rest(by_token()), &answer);

    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({ "integrationLatency": 0 })
    );
}

#[test]
fn an_event_of_format_2_0_has_the_context_under_lambda() {
    let context = json!({ "plan": "gold", "level": 7, "roles": ["a"], "address": { "b": null } });
    let answer = json!({ "isAuthorized": true, "context": context });

    let event = accepted(&http(simple()), &answer);

    let expected = json!({ "lambda": context });
    assert_eq!(event["requestContext"]["authorizer"], expected);
}

#[test]
fn an_event_of_format_1_0_has_the_context_beside_the_principal() {
    let mut configuration = protected(by_request());
    route_of(&mut configuration).payload_format = PayloadFormat::V1;
    let api = Api::Http(HttpApi::new(configuration).unwrap());

    let event = accepted(&api, &allowing(json!({ "level": 7 })));

    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({ "principalId": "ann", "integrationLatency": 0, "level": 7 })
    );
}

#[test]
fn parameter_mapping_reads_the_context_of_the_authorizer() {
    let mut configuration = protected(by_request());
    let source = "${context.authorizer.principalId} ${context.authorizer.level}";
    let mapping = Mapping::parse(&[("overwrite:header.x-caller", source)], &[]);
    route_of(&mut configuration).mapping = mapping.unwrap();
    let api = Api::Http(HttpApi::new(configuration).unwrap());

    let event = accepted(&api, &allowing(json!({ "level": 7 })));

    assert_eq!(event["headers"]["x-caller"], "ann 7");
}

#[test]
fn a_context_that_makes_the_event_too_long_is_a_413() {
    let context = json!({ "text": "a".repeat(gateway::limits::PAYLOAD) });
    for api in [http(by_request()), rest(by_request())] {
        let outcome = output(&allowing(context.clone()));
        let decision = decide_at(&api, &note(&api), outcome, now());

        let Decision::Answer(answer) = decision else {
            panic!("not refused: {decision:?}");
        };
        assert_eq!(answer.response.status(), 413);
    }
}

#[test]
fn the_log_has_the_reason_of_a_refusal() {
    let reason =
        |outcome| match decide_at(&rest(by_token()), &note(&rest(by_token())), outcome, now()) {
            Decision::Answer(answer) => answer.reason.unwrap(),
            other => panic!("not refused: {other:?}"),
        };

    assert_eq!(
        reason(AuthorizerOutcome::TimedOut),
        "doorkeeper took longer than 10 seconds"
    );
    let denied = reason(output(&policy("Deny", "*")));
    assert!(denied.starts_with("doorkeeper denies arn:"), "{denied}");
    let invalid = reason(output(&json!({})));
    assert!(
        invalid.contains("missing field `policyDocument`"),
        "{invalid}"
    );
}
