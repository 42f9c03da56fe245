//! What API Gateway refuses to create.

use gateway::{Access, Configuration, HttpApi, JwtAuthorizer};

use crate::fixture::{configuration, guarded};

#[track_caller]
fn refusal(configuration: Configuration) -> String {
    HttpApi::new(configuration).unwrap_err().to_string()
}

fn jwt(audiences: usize) -> Option<JwtAuthorizer> {
    Some(JwtAuthorizer {
        issuer: "https://issuer.example.com".to_owned(),
        audience: (0..audiences).map(|n| n.to_string()).collect(),
    })
}

// Fact 8.1.
#[test]
fn routes_and_audiences_are_limited() {
    let keys: Vec<String> = (0..301).map(|n| format!("GET /{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let audiences = |count| Configuration {
        jwt: jwt(count),
        ..Configuration::default()
    };

    assert!(HttpApi::new(configuration(&keys[..300])).is_ok());
    assert!(refusal(configuration(&keys)).contains("301 routes"));
    assert!(HttpApi::new(audiences(50)).is_ok());
    assert!(refusal(audiences(51)).contains("51 audiences"));
    assert!(refusal(audiences(0)).contains("no audience"));
}

#[test]
fn a_route_with_tokens_needs_an_authorizer() {
    let error = refusal(Configuration {
        routes: vec![guarded("GET /things", Access::Token { scopes: vec![] })],
        ..Configuration::default()
    });

    assert_eq!(
        error,
        "route \"GET /things\" requires a token, but no JWT authorizer is configured"
    );
}

#[test]
fn a_route_with_a_lambda_authorizer_needs_its_declaration() {
    let access = Access::Authorizer {
        name: "doorkeeper".to_owned(),
    };
    let error = refusal(Configuration {
        routes: vec![guarded("GET /things", access)],
        ..Configuration::default()
    });

    assert_eq!(
        error,
        "route \"GET /things\" requires the Lambda authorizer doorkeeper, which is not configured"
    );
}
