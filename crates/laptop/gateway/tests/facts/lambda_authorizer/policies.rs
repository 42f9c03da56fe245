//! Policies, evaluated as IAM evaluates them.

use serde_json::{Value, json};

use super::{by_token, decide_at, note, output, rest};
use crate::fixture::{Decision, now};

/// Returns whether a REST API accepts a request to `GET /notes/1` after an answer with this statement or
/// with these statements.
fn accepts(statement: Value) -> bool {
    let policy = json!({ "Version": "2012-10-17", "Statement": statement });
    let answer = json!({ "principalId": "ann", "policyDocument": policy });
    let api = rest(by_token());
    let decision = decide_at(&api, &note(&api), output(&answer), now());
    matches!(decision, Decision::Invoke(_))
}

fn allow(action: Value, resource: Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

#[test]
fn actions_and_resources_have_wildcards() {
    let prefix = "arn:aws:execute-api:us-east-1:000000000000:colonnade0/stage";
    for (action, resource, expected) in [
        ("execute-api:Invoke", format!("{prefix}/GET/notes/1"), true),
        ("execute-api:invoke", format!("{prefix}/GET/notes/?"), true),
        ("execute-api:*", format!("{prefix}/GET/*"), true),
        ("*", format!("{prefix}/*/notes/1"), true),
        (
            "execute-api:Inv?ke",
            "arn:aws:execute-api:*".to_owned(),
            true,
        ),
        ("execute-api:ManageConnections", "*".to_owned(), false),
        ("execute-api:Invoke", format!("{prefix}/GET/notes"), false),
        ("execute-api:Invoke", format!("{prefix}/GET/NOTES/1"), false),
        ("execute-api:Invoke", format!("{prefix}/PUT/notes/1"), false),
        ("execute-api:Invoke", prefix.to_owned(), false),
        ("execute-api:Invoke", String::new(), false),
    ] {
        let accepted = accepts(allow(json!(action), json!(resource)));
        assert_eq!(accepted, expected, "{action} {resource}");
    }
}

#[test]
fn statements_actions_and_resources_may_be_lists() {
    let listed = allow(json!(["a:b", "execute-api:Invoke"]), json!(["x", "*"]));

    assert!(accepts(listed.clone()));
    assert!(accepts(json!([listed])));
    assert!(!accepts(json!([])));
    assert!(!accepts(allow(json!([]), json!(["*"]))));
}

#[test]
fn an_explicit_deny_is_stronger_than_any_allow() {
    let everything = allow(json!("*"), json!("*"));
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*/GET/notes/*" });
    let elsewhere = json!({ "Effect": "Deny", "Action": "*", "Resource": "*/PUT/notes/*" });

    assert!(!accepts(json!([everything, deny])));
    assert!(!accepts(json!([deny, everything])));
    assert!(accepts(json!([everything, elsewhere])));
}

#[test]
fn not_action_and_not_resource_match_everything_else() {
    let not_resource = |pattern: &str| {
        json!({
            "Effect": "Allow", "Action": "*", "NotResource": pattern
        })
    };
    let not_action = |pattern: &str| {
        json!({
            "Effect": "Allow", "NotAction": [pattern], "Resource": "*"
        })
    };

    assert!(accepts(not_resource("*/PUT/*")));
    assert!(!accepts(not_resource("*/GET/*")));
    assert!(accepts(not_action("dynamodb:*")));
    assert!(!accepts(not_action("execute-api:*")));
}
