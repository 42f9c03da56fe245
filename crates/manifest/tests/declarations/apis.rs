//! The kind of the API, and what each kind cannot have.

use manifest::{ApiKind, RequestValidation};

use super::sample::{Sample, http};

const ROUTE: &str = "method = \"GET\"\npath = \"/notes\"\naccess = \"public\"\n";

fn defaults(lines: &str) -> Sample {
    let sample = Sample::new();
    let root = std::fs::read_to_string(sample.path("Cargo.toml")).unwrap();
    let lines = format!("memory = 256\n{lines}\n");
    sample.write("Cargo.toml", &root.replacen("memory = 256\n", &lines, 1));
    sample
}

#[test]
fn an_api_is_an_http_api_unless_declared() {
    let sample = Sample::new();
    let api = sample.load().unwrap().api;
    assert_eq!((api.kind, api.stage.as_str()), (ApiKind::Http, "prod"));

    let sample = defaults("api = \"rest\"\nstage = \"live\"");
    let api = sample.load().unwrap().api;
    assert_eq!((api.kind, api.stage.as_str()), (ApiKind::Rest, "live"));
}

#[test]
fn bodies_of_declared_media_types_are_binary() {
    let sample = defaults("binary-media-types = [\"image/svg+xml\", \"audio/*\", \"*/*\"]");
    let api = sample.load().unwrap().api;
    assert_eq!(api.binary_media_types, ["image/svg+xml", "audio/*", "*/*"]);

    for wrong in [
        "\"image/png\"",
        "[1]",
        "[\"png\"]",
        "[\"*/png\"]",
        "[\"image/\"]",
    ] {
        let sample = defaults(&format!("binary-media-types = {wrong}"));
        let refusal = sample.load().unwrap_err().to_string();

        let expected = "route.binary-media-types: must be a list of media types, as in";
        assert!(refusal.contains(expected), "{wrong}: {refusal}");
    }
}

#[test]
fn a_wrong_api_stage_or_validation_is_refused() {
    for (line, expected) in [
        (
            "api = \"rset\"",
            "Cargo.toml:8: workspace.metadata.route.api: unknown api \"rset\"; did you mean \"rest\"?",
        ),
        ("stage = \"a b\"", "route.stage: must be 1 to 128 letters"),
        ("stage = \"ping\"", "route.stage: must be 1 to 128 letters"),
        (
            "validate = \"bdy\"",
            "route.validate: unknown validation \"bdy\"; did you mean \"body\"?",
        ),
        (
            "validate = true",
            "route.validate: must be a string, not a boolean",
        ),
    ] {
        let refusal = defaults(line).load().unwrap_err().to_string();

        assert!(refusal.contains(expected), "{line}: {refusal}");
    }
}

#[test]
fn a_route_may_replace_the_validation_of_the_workspace() {
    let sample = defaults("validate = \"all\"");
    sample.function("notes-get", ROUTE);
    sample.function(
        "notes-put",
        "method = \"PUT\"\npath = \"/notes\"\naccess = \"public\"\nvalidate = \"none\"\n",
    );

    let workspace = sample.load().unwrap();

    let validation = |name| http(workspace.function(name).unwrap()).validation;
    assert_eq!(validation("notes-get"), RequestValidation::All);
    assert_eq!(validation("notes-put"), RequestValidation::None);
}

#[test]
fn only_a_rest_api_has_routes_with_keys() {
    let sample = Sample::new();
    sample.function("notes-get", &format!("{ROUTE}key = true\n"));

    let workspace = sample.load().unwrap();

    assert!(http(&workspace.functions[0]).requires_key);
    assert!(workspace.check_for(ApiKind::Rest).is_ok());
    let refusal = workspace.check_for(ApiKind::Http).unwrap_err().to_string();
    assert_eq!(
        refusal,
        "functions/notes-get/Cargo.toml:10: package.metadata.route.key: an HTTP API has no API \
         keys; use a REST API, with api = \"rest\" in [workspace.metadata.route]"
    );
}

#[test]
fn a_rest_api_refuses_routes_that_it_cannot_have() {
    for (route, expected) in [
        (
            "path = \"$default\"\naccess = \"public\"\n",
            "route.path: a REST API has no $default route; write method = \"ANY\"",
        ),
        (
            "method = \"GET\"\npath = \"/a~b\"\naccess = \"public\"\n",
            "route.path: a REST API has no '~' in paths",
        ),
        (
            "method = \"GET\"\npath = \"/a\"\naccess = \"public\"\n\
             mapping.request = { \"overwrite:path\" = \"/b\" }\n",
            "route.mapping: a REST API ignores parameter mapping on a Lambda proxy integration",
        ),
    ] {
        let sample = Sample::new();
        sample.function("notes-get", route);
        let workspace = sample.load().unwrap();

        let refusal = workspace.check_for(ApiKind::Rest).unwrap_err().to_string();

        assert!(refusal.contains(expected), "{route}: {refusal}");
        assert!(workspace.check_for(ApiKind::Http).is_ok());
    }
}

#[test]
fn a_rest_api_has_one_variable_after_a_prefix() {
    let sample = Sample::new();
    let route = |path: &str| format!("method = \"GET\"\npath = {path:?}\naccess = \"public\"\n");
    sample.function("notes-get", &route("/notes/{noteId}"));
    sample.function("pages-get", &route("/notes/{noteId}/pages/{page}"));
    sample.function("words-get", &route("/notes/{note}/words"));

    let workspace = sample.load().unwrap();

    assert!(workspace.check_for(ApiKind::Http).is_ok());
    let refusal = workspace.check_for(ApiKind::Rest).unwrap_err().to_string();
    assert_eq!(
        refusal,
        "functions/words-get/Cargo.toml:8: package.metadata.route.path: a REST API has one \
         variable after \"/notes/\", which is {noteId} in the path of notes-get; {note} cannot be \
         beside it"
    );
}
