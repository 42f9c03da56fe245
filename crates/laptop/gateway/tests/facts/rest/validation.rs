//! Section 5 of the REST facts: request validation.

use std::collections::{BTreeMap, BTreeSet};

use gateway::{Api, ConfigurationError, RestApi, RestConfiguration, Throttle};
use manifest::{GatewayResponse, ParameterPlace, RequiredParameter, ResponseType, RouteChecks};
use serde_json::{Value, json};

use super::fixture::{open, served_by, with_routes};
use crate::fixture::{Request, With, answered, get, header, invoked, request, route, text};

const INVALID_BODY: &str = r#"{"message": "Invalid request body"}"#;

fn required(parameters: &[(ParameterPlace, &str)]) -> BTreeSet<RequiredParameter> {
    let parameters = parameters.iter().map(|(place, name)| RequiredParameter {
        place: *place,
        name: (*name).to_owned(),
    });
    parameters.collect()
}

/// An API whose routes `GET /items/{id}` and `POST /` are checked so.
fn validated(parameters: &[(ParameterPlace, &str)], models: &[(&str, Value)]) -> RestConfiguration {
    let mut get = route("GET /items/{id}");
    let mut post = route("POST /");
    get.checks.parameters = required(parameters);
    let names = models.iter().enumerate();
    post.checks = RouteChecks {
        parameters: BTreeSet::new(),
        models: names
            .map(|(at, (media_type, _))| ((*media_type).to_owned(), format!("Model{at}")))
            .collect(),
    };
    let mut configuration = with_routes(vec![get, post]);
    let schemas = models.iter().enumerate();
    configuration.models = schemas
        .map(|(at, (_, model))| (format!("Model{at}"), model.clone()))
        .collect();
    configuration
}

fn with_model(model: Value) -> Api {
    open(validated(&[], &[("application/json", model)]))
}

fn post(body: &str) -> Request {
    request("POST", "/stage").body(body.to_owned())
}

// Facts R5.2 and R5.3. Acceptance row 25.
#[test]
fn missing_parameters_are_a_400_with_all_names() {
    let api = open(validated(
        &[
            (ParameterPlace::QueryString, "qs1"),
            (ParameterPlace::Path, "issuer"),
            (ParameterPlace::Header, "x-header-param"),
            (ParameterPlace::Path, "id"),
        ],
        &[],
    ));

    let response = answered(&api, &get("/stage/items/1"));

    assert_eq!(response.status(), 400);
    assert_eq!(
        text(&response),
        r#"{"message": "Missing required request parameters: [x-header-param, issuer, qs1]"}"#
    );
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        ["BadRequestException"]
    );
    assert_eq!(header(&response, "x-amzn-trace-id").len(), 1);
}

// Facts R5.2 and R5.3.
#[test]
fn an_empty_parameter_is_missing_and_names_have_a_case() {
    let required = [
        (ParameterPlace::QueryString, "page"),
        (ParameterPlace::Header, "X-Mode"),
    ];
    let api = open(validated(&required, &[]));
    let sent =
        |query: &str, mode: &str| get(&format!("/stage/items/1?{query}")).with("x-mode", mode);
    let missing = |request: &Request| text(&answered(&api, request)).to_owned();

    assert_eq!(served_by(&api, &sent("page=2", "a")), "GET /items/{id}");
    assert!(missing(&sent("page=", "a")).ends_with(r#": [page]"}"#));
    assert!(missing(&sent("Page=2", "a")).ends_with(r#": [page]"}"#));
    assert!(missing(&sent("page=2", "")).ends_with(r#": [X-Mode]"}"#));
}

// Facts R5.4, R5.6 and R5.7. Acceptance row 26.
#[test]
fn a_body_that_breaks_its_model_is_a_400_of_35_bytes() {
    let object = json!({
        "allOf": [{ "$ref": "#/definitions/Note" }],
        "definitions": {
            "Note": {
                "type": "object",
                "properties": {
                    "text": { "$ref": "#/definitions/Text" },
                    "author": { "oneOf": [{ "type": "string" }, { "type": "null" }] },
                },
                "required": ["text"],
            },
            "Text": { "type": "string", "maxLength": 3 },
        },
    });
    let object = with_model(object);
    let array = with_model(json!({ "type": "array" }));

    for (api, body) in [
        (&object, r#"{"text": 1}"#),
        (&object, r#"{"text": "long"}"#),
        (&object, "{}"),
        (&object, ""),
        (&object, "{"),
        (&array, ""),
        (&array, "{}"),
    ] {
        let response = answered(api, &post(body));
        assert_eq!(response.status(), 400, "{body}");
        assert_eq!(text(&response), INVALID_BODY, "{body}");
        assert_eq!(text(&response).len(), 35);
        assert_eq!(
            header(&response, "x-amzn-errortype"),
            ["BadRequestException"]
        );
    }
    for body in [r#"{"text": "a"}"#, r#"{"text": "a", "author": null}"#] {
        assert_eq!(served_by(&object, &post(body)), "POST /", "{body}");
    }
    assert_eq!(served_by(&array, &post("[]")), "POST /");
}

// Fact R5.6.
#[test]
fn an_empty_body_is_validated_as_an_empty_object() {
    let api = with_model(json!({ "type": "object" }));

    assert_eq!(served_by(&api, &post("")), "POST /");
}

// Fact R5.5.
#[test]
fn the_content_type_chooses_the_model() {
    let api = open(validated(
        &[],
        &[
            ("application/json", json!({ "type": "object" })),
            ("application/merge-patch+json", json!({ "type": "array" })),
        ],
    ));
    let typed = |content_type: &str| post("[]").with("content-type", content_type);

    let status = |request: &Request| served_by(&api, request);

    assert_eq!(status(&post("[]")), "400");
    assert_eq!(status(&typed("application/json")), "400");
    assert_eq!(status(&typed("Application/JSON; charset=utf-8")), "400");
    assert_eq!(status(&typed("application/merge-patch+json")), "POST /");
    assert_eq!(status(&typed("text/plain")), "POST /");
    assert_eq!(status(&typed("text/plain").body("not JSON")), "POST /");
}

// Fact R5.1.
#[test]
fn parameters_are_checked_before_the_body() {
    let mut configuration = validated(&[], &[("application/json", json!({ "type": "object" }))]);
    configuration.api.routes[1].checks.parameters = required(&[(ParameterPlace::QueryString, "q")]);
    let api = open(configuration);

    let without = answered(&api, &post("[]"));
    let with = answered(&api, &request("POST", "/stage?q=1").body("[]"));

    assert_eq!(
        text(&without),
        r#"{"message": "Missing required request parameters: [q]"}"#
    );
    assert_eq!(text(&with), INVALID_BODY);
}

// The order of section 3.
#[test]
fn a_throttle_is_applied_before_validation() {
    let mut configuration = validated(&[], &[("application/json", json!({ "type": "object" }))]);
    configuration.api.routes[1].throttle = Some(Throttle {
        rate: 1.0,
        burst: 1,
    });
    let api = open(configuration);

    let first = answered(&api, &post("[]"));
    let second = answered(&api, &post("[]"));

    assert_eq!(
        (first.status().as_u16(), second.status().as_u16()),
        (400, 429)
    );
}

// Fact R5.8.
#[test]
fn a_gateway_response_can_show_what_is_wrong_with_a_body() {
    let model = json!({ "properties": { "a/b": { "items": { "type": "string" } } } });
    let mut configuration = validated(&[], &[("application/json", model)]);
    configuration.gateway_responses = BTreeMap::from([(
        ResponseType::BadRequestBody,
        GatewayResponse {
            status: Some(422),
            templates: BTreeMap::from([(
                "application/json".to_owned(),
                "$context.error.validationErrorString".to_owned(),
            )]),
            ..GatewayResponse::default()
        },
    )]);

    let response = answered(&open(configuration), &post(r#"{"a/b": ["c", 1]}"#));

    assert_eq!(response.status(), 422);
    assert_eq!(
        text(&response),
        "[\"type\" does not hold at \"/a~1b/1\", in the model Model0]"
    );
}

#[test]
fn a_model_that_is_not_valid_is_refused_with_its_name() {
    for (model, expected) in [
        (
            json!({ "multipleOf": 2 }),
            "invalid model Model0: unknown field `multipleOf`",
        ),
        (json!({ "pattern": "(" }), "invalid model Model0: "),
        (
            json!({ "items": { "$ref": "#/definitions/Note" } }),
            "invalid model Model0: \"#/definitions/Note\" is not one of its definitions",
        ),
    ] {
        let configuration = validated(&[], &[("application/json", model)]);

        let refusal = RestApi::new(configuration).unwrap_err().to_string();

        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let mut configuration = validated(&[], &[("application/json", json!({}))]);
    configuration.models.clear();
    assert_eq!(
        RestApi::new(configuration).unwrap_err(),
        ConfigurationError::NoModel {
            name: "Model0".to_owned(),
            route: "POST / (POST /)".to_owned(),
        }
    );
}

#[test]
fn a_model_that_only_refers_to_itself_accepts_nothing() {
    let endless = json!({
        "allOf": [{ "$ref": "#/definitions/A" }],
        "definitions": { "A": { "allOf": [{ "$ref": "#/definitions/A" }] } },
    });

    assert_eq!(served_by(&with_model(endless), &post("{}")), "400");
}

#[test]
fn a_deeply_nested_body_is_validated() {
    let list = json!({
        "allOf": [{ "$ref": "#/definitions/List" }],
        "definitions": { "List": { "type": "array", "items": { "$ref": "#/definitions/List" } } },
    });
    let api = with_model(list);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));

    assert_eq!(served_by(&api, &post(&nested(120))), "POST /");
    assert_eq!(served_by(&api, &post(&nested(100_000))), "400");
}

/// Each schema with each value: the front door must agree with the crate `jsonschema`.
#[test]
fn models_accept_what_another_validator_accepts() {
    let schemas = [
        json!({}),
        json!({ "type": "integer" }),
        json!({ "type": ["string", "null"] }),
        json!({ "enum": ["a", 1, null] }),
        json!({ "minimum": 1, "maximum": 3 }),
        json!({ "minimum": 1, "exclusiveMinimum": true }),
        json!({ "maximum": 3, "exclusiveMaximum": true }),
        json!({ "maximum": 9_007_199_254_740_992_u64 }),
        json!({ "minimum": 0.5, "maximum": 2.5 }),
        json!({ "minLength": 2 }),
        json!({ "maxLength": 2 }),
        json!({ "pattern": "^[^\\u0000-\\u0020]+$" }),
        json!({ "items": { "type": "integer" }, "minItems": 1, "maxItems": 2 }),
        json!({ "uniqueItems": true }),
        json!({ "required": ["a"], "properties": { "a": { "type": "integer" } } }),
        json!({ "properties": { "a": {} }, "additionalProperties": false }),
        json!({ "properties": { "a": {} }, "additionalProperties": { "type": "null" } }),
        json!({ "minProperties": 1, "maxProperties": 1 }),
        json!({ "allOf": [{ "type": "integer" }, { "minimum": 2 }] }),
        json!({ "anyOf": [{ "type": "integer" }, { "maxLength": 1 }] }),
        json!({ "oneOf": [{ "type": "integer" }, { "minimum": 2 }] }),
        json!({ "not": { "type": "object" } }),
        json!({ "$ref": "#/definitions/A", "definitions": { "A": { "type": "string" } } }),
    ];
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-0.0),
        json!(1),
        json!(2),
        json!(2.5),
        json!(3),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(""),
        json!("a"),
        json!("a b"),
        json!("é世"),
        json!("𝄞𝄞𝄞"),
        json!([]),
        json!([1]),
        json!([1, 1]),
        json!([1, "a", {}]),
        json!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1 }]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "a": "1" }),
        json!({ "a": 1, "b": null }),
        json!({ "b": 1 }),
    ];
    for schema in schemas {
        let api = with_model(schema.clone());
        let other = jsonschema::draft4::new(&schema).unwrap();
        for value in &values {
            let accepts = served_by(&api, &post(&value.to_string())) == "POST /";

            assert_eq!(accepts, other.is_valid(value), "{value} by {schema}");
        }
    }
}

#[test]
fn a_request_without_checks_is_not_validated() {
    let api = open(with_routes(vec![route("POST /")]));

    invoked(&api, &post("not JSON"));
}
