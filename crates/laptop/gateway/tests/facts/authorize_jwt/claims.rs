//! Scopes, and the claims as the function sees them.

use super::*;

// Fact 5.5.
#[test]
fn a_token_without_any_of_the_scopes_is_a_403() {
    for scope in [
        json!({}),
        json!({"scope": ""}),
        json!({"scope": "notes:rea notes:reader"}),
        json!({"scope": "NOTES:READ"}),
        json!({"scope": 7}),
    ] {
        let response = refused(&api(), &bearing("/scoped", &sign(&claims(scope.clone()))));
        assert_eq!(response.status(), 403, "{scope}");
        assert_eq!(text(&response), r#"{"message":"Forbidden"}"#, "{scope}");
        assert_eq!(response.body().len(), 23, "{scope}");
        assert!(header(&response, "www-authenticate").is_empty(), "{scope}");
    }
}

// Fact 5.5.
#[test]
fn any_one_of_the_scopes_is_enough() {
    for scope in [
        json!({"scope": "notes:write"}),
        json!({"scope": "x notes:read y"}),
        json!({"scp": ["notes:read"]}),
        json!({"scp": "notes:read"}),
        json!({"scope": ["notes:write"]}),
    ] {
        accepted(&api(), &bearing("/scoped", &sign(&claims(scope))));
    }
}

// Fact 5.6.
#[test]
fn scp_is_preferred_to_scope() {
    let token = sign(&claims(json!({"scp": ["other"], "scope": "notes:read"})));

    assert_eq!(refused(&api(), &bearing("/scoped", &token)).status(), 403);
}

#[test]
fn claims_are_strings_as_go_prints_them() {
    let token = sign(&claims(json!({
        "exp": 9_007_199_254_740_993_i64,
        "iat": null,
        "nbf": null,
        "admin": true,
        "ratio": 0.5,
        "large": 1e21,
        "groups": ["admin", "poweruser"],
        "mixed": ["a b", 1, false, null, ["c"]],
        "none": [],
        "address": {"city": "Ulm"},
        "scope": "a b"
    })));

    let event = accepted(&api(), &bearing("/notes", &token));

    assert_eq!(
        authorizer_of(&event)["claims"],
        json!({
            "iss": ISSUER,
            "aud": "notes",
            "sub": "ann",
            "exp": "9007199254740993",
            "admin": "true",
            "ratio": "0.5",
            "large": "1000000000000000000000",
            "groups": "[admin poweruser]",
            "mixed": "[a b 1 false <nil> [c]]",
            "none": "[]",
            "address": "{\"city\":\"Ulm\"}",
            "scope": "a b"
        })
    );
}

#[test]
fn a_null_claim_is_dropped() {
    let mut claims = good_claims();
    claims["nickname"] = Value::Null;

    let event = accepted(&api(), &bearing("/notes", &sign(&claims)));

    assert_eq!(authorizer_of(&event)["claims"].get("nickname"), None);
}

#[test]
fn scopes_are_null_without_route_scopes_and_full_with_them() {
    let token = sign(&claims(json!({"scope": "notes:read extra"})));

    let plain = accepted(&api(), &bearing("/notes", &token));
    let scoped = accepted(&api(), &bearing("/scoped", &token));

    assert_eq!(authorizer_of(&plain).get("scopes"), Some(&Value::Null));
    assert_eq!(
        authorizer_of(&scoped)["scopes"],
        json!(["notes:read", "extra"])
    );
    assert_eq!(
        authorizer_of(&scoped)["claims"]["scope"],
        "notes:read extra"
    );
}

#[test]
fn payload_format_1_0_has_the_claims_without_jwt() {
    let api = api_with(|configuration| {
        configuration.routes[0].payload_format = PayloadFormat::V1;
    });

    let event = accepted(&api, &bearing("/notes", &token()));

    let authorizer = &event["requestContext"]["authorizer"];
    assert_eq!(authorizer["claims"]["sub"], "ann");
    assert_eq!(authorizer.get("scopes"), Some(&Value::Null));
}

// Fact claims scopes.
#[test]
fn odd_scope_claims_grant_what_the_function_reads() {
    for (claim, scopes) in [
        (json!("a b"), vec!["a", "b"]),
        (json!("a  b"), vec!["a", "b"]),
        (json!("a\tb"), vec!["a\tb"]),
        (json!("a\u{a0}b"), vec!["a\u{a0}b"]),
        (json!(["a", "b"]), vec!["a", "b"]),
        (json!("[a b]"), vec!["a", "b"]),
        (json!(["notes:read x"]), vec!["notes:read", "x"]),
        (json!("[notes:read"), vec![]),
        (json!("notes:read]"), vec![]),
        (json!("[[notes:read]]"), vec![]),
        (json!([["notes:read"]]), vec![]),
        (json!(["x", ["notes:read"]]), vec![]),
        (json!({"a": "x notes:read y"}), vec![]),
        (json!([{"a": "x notes:read y"}]), vec![]),
        (json!("x \"notes:read\" y"), vec![]),
        (json!([]), vec![]),
        (json!(7), vec!["7"]),
    ] {
        let claims = claims(json!({"scope": claim}));
        let request = bearing("/scoped", &sign(&claims));
        let granted = scopes.contains(&"notes:read");

        match decide(&api(), &request) {
            Decision::Answer(answer) => {
                assert!(!granted, "{claim}");
                assert_eq!(answer.response.status(), 403, "{claim}");
            }
            Decision::Invoke(invocation) => {
                let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
                assert!(granted, "{claim}");
                assert_eq!(authorizer_of(&event)["scopes"], json!(scopes), "{claim}");
            }
            other => panic!("not decided: {other:?}"),
        }
    }
}

// Fact claims subject.
#[test]
fn a_subject_that_is_not_a_string_is_passed_as_text() {
    for (subject, text) in [(json!(7), "7"), (json!(true), "true")] {
        let token = sign(&claims(json!({"sub": subject})));

        let event = accepted(&api(), &bearing("/notes", &token));

        assert_eq!(authorizer_of(&event)["claims"]["sub"], text);
    }
}
