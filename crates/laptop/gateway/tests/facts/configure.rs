//! What API Gateway refuses to create.

use std::time::Duration;

use gateway::{
    Access, Configuration, ConfigurationError, Cors, HttpApi, IdentitySource, JwtAuthorizer, Route,
    Stage, Throttle,
};

use crate::fixture::{configuration, guarded, route};

#[track_caller]
fn refusal(configuration: Configuration) -> String {
    HttpApi::new(configuration).unwrap_err().to_string()
}

fn with_stage(change: impl FnOnce(&mut Stage)) -> Configuration {
    let mut stage = Stage::new("$default");
    change(&mut stage);
    Configuration {
        stages: vec![stage],
        ..Configuration::default()
    }
}

fn with_route(change: impl FnOnce(&mut Route)) -> Configuration {
    let mut route = route("GET /things");
    change(&mut route);
    Configuration {
        routes: vec![route],
        ..Configuration::default()
    }
}

fn jwt(audiences: usize) -> Option<JwtAuthorizer> {
    Some(JwtAuthorizer {
        issuer: "https://issuer.example.com".to_owned(),
        audience: (0..audiences).map(|n| n.to_string()).collect(),
        identity_source: IdentitySource::default(),
    })
}

// Fact 1.9.
#[test]
fn the_names_of_variables_tell_no_routes_apart() {
    for keys in [
        ["GET /a/{x}", "GET /a/{y}"],
        ["ANY /{x+}", "ANY /{y+}"],
        ["$default", "$default"],
    ] {
        let error = HttpApi::new(configuration(&keys)).unwrap_err();
        let [first, second] = keys.map(str::to_owned);
        assert_eq!(error, ConfigurationError::RepeatedRoute { first, second });
    }
    for keys in [
        ["GET /a/{x}", "GET /a/{x+}"],
        ["GET /a/{x}", "ANY /a/{x}"],
        ["GET /a", "GET /A"],
    ] {
        assert!(HttpApi::new(configuration(&keys)).is_ok(), "{keys:?}");
    }
}

// Fact 8.1.
#[test]
fn no_more_than_an_http_api_may_have() {
    let keys: Vec<String> = (0..301).map(|n| format!("GET /{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let stages = |count: usize| Configuration {
        stages: (0..count).map(|n| Stage::new(n.to_string())).collect(),
        ..Configuration::default()
    };
    let scopes = |count: usize| Configuration {
        jwt: jwt(1),
        routes: vec![guarded(
            "GET /",
            Access::Token {
                scopes: (0..count).map(|n| n.to_string()).collect(),
            },
        )],
        ..Configuration::default()
    };
    let audiences = |count| Configuration {
        jwt: jwt(count),
        ..Configuration::default()
    };

    assert!(HttpApi::new(configuration(&keys[..300])).is_ok());
    assert!(refusal(configuration(&keys)).contains("routes: 301"));
    assert!(HttpApi::new(stages(10)).is_ok());
    assert!(refusal(stages(11)).contains("stages: 11"));
    assert!(HttpApi::new(scopes(10)).is_ok());
    assert!(refusal(scopes(11)).contains("scopes of GET /: 11"));
    assert!(HttpApi::new(audiences(50)).is_ok());
    assert!(refusal(audiences(51)).contains("audiences: 51"));
    assert!(refusal(audiences(0)).contains("no audience"));
}

// Fact 2.1.
#[test]
fn stage_variables_have_their_limits() {
    let variables = |count: usize, name: usize, value: usize| {
        with_stage(|stage| {
            stage.variables = (0..count)
                .map(|n| (format!("{n:0name$}"), "v".repeat(value)))
                .collect();
        })
    };

    assert!(HttpApi::new(variables(100, 64, 512)).is_ok());
    assert!(refusal(variables(101, 3, 1)).contains("stage variables: 101"));
    assert!(refusal(variables(1, 65, 1)).contains("may have 64 characters"));
    assert!(refusal(variables(1, 1, 513)).contains("a value 512"));
}

#[test]
fn stages_have_plain_names_and_each_its_own() {
    let stages = |names: &[&str]| Configuration {
        stages: names.iter().map(|name| Stage::new(*name)).collect(),
        ..Configuration::default()
    };

    assert!(HttpApi::new(stages(&["$default", "dev", "v1_2-x"])).is_ok());
    assert!(refusal(stages(&[])).contains("needs a stage"));
    assert!(refusal(stages(&["dev", "dev"])).contains("twice"));
    for name in ["", "a/b", "$other", "a b", "ü"] {
        assert!(refusal(stages(&[name])).contains("neither"), "{name}");
    }
}

// Fact 8.1.
#[test]
fn a_time_out_is_50_ms_to_30_s() {
    for (millis, fits) in [(49, false), (50, true), (30_000, true), (30_001, false)] {
        let timed = with_route(|route| route.timeout = Duration::from_millis(millis));
        assert_eq!(HttpApi::new(timed).is_ok(), fits, "{millis}");
    }
}

#[test]
fn a_rate_is_a_number_and_not_negative() {
    for rate in [f64::NAN, f64::INFINITY, -1.0] {
        let throttle = Some(Throttle { rate, burst: 1 });
        let account = Configuration {
            account_throttle: throttle,
            ..Configuration::default()
        };
        for configuration in [
            with_route(|route| route.throttle = throttle),
            with_stage(|stage| stage.throttle = throttle),
            account,
        ] {
            assert!(refusal(configuration).contains("is not a rate"), "{rate}");
        }
    }
}

#[test]
fn a_route_with_tokens_needs_an_authorizer() {
    let error = refusal(with_route(|route| {
        route.authorization = Access::Token { scopes: vec![] };
    }));

    assert_eq!(
        error,
        "route \"GET /things\" wants a token, and no JWT authorizer is configured"
    );
}

#[test]
fn cors_values_must_fit_into_a_header() {
    let cors = Cors {
        allow_headers: vec!["a\r\nb".to_owned()],
        ..Cors::default()
    };

    let error = refusal(Configuration {
        cors: Some(cors),
        ..Configuration::default()
    });

    assert!(error.contains("is not valid in a header"), "{error}");
}
