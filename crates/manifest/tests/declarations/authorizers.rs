//! Lambda authorizers, and the routes that they protect.

use std::time::Duration;

use manifest::{
    Access, ApiKind, AuthorizerKind, IdentitySource, PayloadFormat, Trigger, Workspace,
};

use super::sample::{Sample, http};

const PROTECTED: &str =
    "method = \"GET\"\npath = \"/notes\"\naccess = { authorizer = \"doorkeeper\" }\n";

fn authorizer(declared: &str) -> Sample {
    let sample = Sample::new();
    let declared = format!("[package.metadata.authorizer]\n{declared}");
    sample.package("functions/doorkeeper", &declared);
    sample
}

fn trigger(workspace: &Workspace) -> &manifest::AuthorizerTrigger {
    let Trigger::Authorizer(authorizer) = &workspace.function("doorkeeper").unwrap().trigger else {
        panic!("it is an authorizer");
    };
    authorizer
}

#[test]
fn an_authorizer_is_a_function_with_a_trigger_of_its_own() {
    let sample = authorizer(
        "payload-format = \"2.0\"\nsimple-responses = true\nttl = 60\nmemory = 512\n\
         identity = [\"$request.header.Authorization\", \"$context.routeKey\"]\n\
         tables = { notes = [\"GetItem\"] }\n",
    );
    sample.function("notes-get", PROTECTED);

    let workspace = sample.load().unwrap();

    let found = trigger(&workspace);
    assert_eq!(found.kind, AuthorizerKind::Request);
    assert_eq!(found.payload_format, PayloadFormat::V2);
    assert!(found.simple_responses);
    assert_eq!(found.ttl, Duration::from_secs(60));
    let expected = [
        IdentitySource::Header("Authorization".to_owned()),
        IdentitySource::Context("routeKey".to_owned()),
    ];
    assert_eq!(found.identity, expected);
    assert_eq!(workspace.function("doorkeeper").unwrap().memory, 512);
    assert_eq!(workspace.routes().count(), 1);
    let name = "doorkeeper".to_owned();
    let protected = workspace.function("notes-get").unwrap();
    assert_eq!(http(protected).access, Access::Authorizer { name });
}

#[test]
fn a_token_authorizer_reads_the_authorization_header() {
    let workspace = authorizer("type = \"token\"\n").load().unwrap();

    let found = trigger(&workspace);
    let expected = [IdentitySource::Header("Authorization".to_owned())];
    assert_eq!(found.identity, expected);
    assert_eq!(found.ttl, Duration::from_secs(300));
    assert_eq!(found.payload_format, PayloadFormat::V1);
}

#[test]
fn a_wrong_authorizer_is_refused() {
    for (declared, expected) in [
        (
            "",
            "authorizer.identity: is missing; answers are kept by identity",
        ),
        (
            "type = \"basic\"\nttl = 0",
            "authorizer.type: must be \"request\" or \"token\"",
        ),
        (
            "ttl = 3601\nidentity = [\"$context.path\"]",
            "authorizer.ttl: must be a whole number from 0 to 3600",
        ),
        (
            "ttl = 0\nsimple-responses = true",
            "simple-responses: needs payload-format = \"2.0\"",
        ),
        (
            "ttl = 0\ntimeout = 11",
            "authorizer.timeout: must be a whole number from 1 to 10",
        ),
        (
            "ttl = 0\nthrottle = 1",
            "authorizer.throttle: unknown field",
        ),
        (
            "identity = [\"Authorization\"]",
            "identity: \"Authorization\" is not an identity source",
        ),
        (
            "identity = [\"$request.path.id\"]",
            "a path parameter cannot identify a caller",
        ),
        (
            "identity = [\"$request.header.a b\"]",
            "\"a b\" is not the name of a header",
        ),
        (
            "type = \"token\"\nidentity = [\"$context.path\"]",
            "has one header as its identity source",
        ),
        (
            "type = \"token\"\npayload-format = \"2.0\"",
            "has no payload format \"2.0\"",
        ),
        (
            "ttl = 0\n[package.metadata.route]\n",
            "a function has a route or is an authorizer, not both",
        ),
    ] {
        let refusal = authorizer(declared).load().unwrap_err().to_string();

        assert!(refusal.contains(expected), "{declared}: {refusal}");
        assert!(
            refusal.starts_with("functions/doorkeeper/Cargo.toml:"),
            "{refusal}"
        );
    }
}

#[test]
fn a_route_needs_an_authorizer_that_exists() {
    let sample = authorizer("ttl = 0\n");
    sample.function("notes-get", &PROTECTED.replace("doorkeeper", "dorkeeper"));

    let refusal = sample.load().unwrap_err().to_string();

    assert_eq!(
        refusal,
        "functions/notes-get/Cargo.toml:9: package.metadata.route.access.authorizer: no function \
         with [package.metadata.authorizer] is called \"dorkeeper\"; did you mean \"doorkeeper\"?"
    );
}

#[test]
fn a_route_has_scopes_or_an_authorizer() {
    let sample = authorizer("ttl = 0\n");
    let access = "scopes = [\"a\"], authorizer";
    sample.function("notes-get", &PROTECTED.replace("authorizer", access));

    let refusal = sample.load().unwrap_err().to_string();

    assert!(
        refusal.contains("has scopes or an authorizer, not both"),
        "{refusal}"
    );
}

#[test]
fn each_kind_of_api_refuses_authorizers_that_it_cannot_have() {
    for (declared, kind, expected) in [
        (
            "type = \"token\"\n",
            ApiKind::Http,
            "an HTTP API has no authorizers of type \"token\"",
        ),
        (
            "payload-format = \"2.0\"\nttl = 0\n",
            ApiKind::Rest,
            "a REST API has the payload format \"1.0\" only",
        ),
    ] {
        let workspace = authorizer(declared).load().unwrap();

        let refusal = workspace.check_for(kind).unwrap_err().to_string();

        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn an_api_has_at_most_ten_authorizers() {
    let sample = Sample::new();
    for number in 10..21 {
        let folder = format!("functions/keeper-{number}");
        sample.package(&folder, "[package.metadata.authorizer]\nttl = 0\n");
    }
    let workspace = sample.load().unwrap();

    for kind in [ApiKind::Http, ApiKind::Rest] {
        let error = workspace.check_for(kind).unwrap_err();
        assert_eq!(error.problems().len(), 1);
        assert!(error.to_string().contains("keeper-20"), "{error}");
    }
}
