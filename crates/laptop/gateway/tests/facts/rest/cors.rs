//! Section 7 of the REST facts: OPTIONS, and the errors that pages can read.

use gateway::{Api, Configuration, ConfigurationError, Cors, Outcome, RestApi, RestConfiguration};

use super::fixture::{answer, configuration, open, response_of, served_by};
use crate::fixture::{With, answered, get, header, request, text};

const ORIGIN: &str = "access-control-allow-origin";

fn cors(origins: &[&str]) -> Cors {
    Cors {
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        methods: vec!["*".to_owned()],
        headers: vec!["authorization".to_owned(), "content-type".to_owned()],
        max_age: Some(300),
        ..Cors::default()
    }
}

fn with_cors(keys: &[&str], cors: Cors) -> RestConfiguration {
    let configuration = configuration(keys);
    RestConfiguration {
        api: Configuration {
            cors: Some(cors),
            ..configuration.api
        },
        ..configuration
    }
}

fn api(keys: &[&str], origins: &[&str]) -> Api {
    open(with_cors(keys, cors(origins)))
}

// Facts R7.2 and R7.5.
#[test]
fn each_resource_answers_options_as_cdk_writes_it() {
    let api = api(&["GET /things/{id}"], &["https://a.example"]);

    for path in ["/stage", "/stage/things", "/stage/things/7"] {
        let response = answered(&api, &request("OPTIONS", path));

        assert_eq!(response.status(), 204, "{path}");
        assert_eq!(text(&response), "");
        for (name, value) in [
            (ORIGIN, "https://a.example"),
            (
                "access-control-allow-methods",
                "OPTIONS,GET,PUT,POST,DELETE,PATCH,HEAD",
            ),
            ("access-control-allow-headers", "authorization,content-type"),
            ("access-control-max-age", "300"),
            ("vary", "Origin"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(header(&response, name), [value], "{path}: {name}");
        }
        assert!(header(&response, "x-amzn-trace-id").is_empty());
    }
    assert_eq!(
        served_by(&api, &request("OPTIONS", "/stage/unknown")),
        "403"
    );
}

// Fact R7.4.
#[test]
fn a_foreign_origin_gets_the_first_one() {
    let api = api(&["GET /"], &["https://a.example", "https://b.example"]);
    let allowed = |origin: &str| {
        let preflight = request("OPTIONS", "/stage").with("origin", origin);
        header(&answered(&api, &preflight), ORIGIN)[0].to_owned()
    };

    assert_eq!(allowed("https://b.example"), "https://b.example");
    assert_eq!(allowed("https://c.example"), "https://a.example");
}

// Facts R1.6 and R7.1.
#[test]
fn a_route_of_its_own_gets_options() {
    let keys = ["OPTIONS /own", "ANY /any"];

    assert_eq!(
        served_by(&api(&keys, &["*"]), &request("OPTIONS", "/stage/own")),
        "OPTIONS /own"
    );
    assert_eq!(
        served_by(&api(&keys, &["*"]), &request("OPTIONS", "/stage/any")),
        "preflight"
    );
    let without = open(configuration(&keys));
    assert_eq!(
        served_by(&without, &request("OPTIONS", "/stage/any")),
        "ANY /any"
    );
}

// Facts R7.1 and R7.5.
#[test]
fn a_rest_api_adds_no_cors_header_to_an_answer() {
    let api = api(&["GET /"], &["*"]);
    let request = get("/stage").with("origin", "https://a.example");

    let own = response_of(
        &api,
        &request,
        r#"{"headers":{"access-control-allow-origin":"https://a.example"}}"#,
    );

    assert!(header(&response_of(&api, &request, "{}"), ORIGIN).is_empty());
    assert_eq!(header(&own, ORIGIN), ["https://a.example"]);
}

// Fact R6.8.
#[test]
fn pages_can_read_the_errors_of_a_rest_api() {
    let origin = |origins: &[&str], credentials: bool| {
        let mut cors = cors(origins);
        cors.credentials = credentials;
        let api = open(with_cors(&["GET /"], cors));
        let refused = answered(&api, &get("/stage/unknown"));
        let failed = answer(&api, &get("/stage"), Outcome::FunctionError);
        assert_eq!(header(&refused, ORIGIN), header(&failed, ORIGIN));
        header(&refused, ORIGIN)[0].to_owned()
    };
    let two = ["https://a.example", "https://b.example"];

    assert_eq!(origin(&["*"], false), "*");
    assert_eq!(origin(&["https://a.example"], false), "https://a.example");
    assert_eq!(origin(&two, false), "*");
    assert_eq!(origin(&two, true), "https://a.example");
}

#[test]
fn an_origin_that_stands_for_many_is_refused_by_a_rest_api() {
    let error = RestApi::new(with_cors(&["GET /"], cors(&["https://*"]))).unwrap_err();

    assert_eq!(
        error,
        ConfigurationError::OriginPattern("https://*".to_owned())
    );
}
