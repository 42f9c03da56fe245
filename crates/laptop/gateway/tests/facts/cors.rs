//! Section 7: CORS.

use gateway::{Access, Configuration, Cors, HttpApi, JwtAuthorizer, Outcome, Response};

use crate::fixture::{
    Request, With, answered, get, guarded, header, invoked, request, served_by, text,
};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// The configuration of the capture of August 2026, for these origins.
fn cors(origins: &[&str]) -> Cors {
    Cors {
        origins: texts(origins),
        methods: texts(&["POST", "OPTIONS"]),
        headers: texts(&["Content-Type"]),
        max_age: Some(300),
        ..Cors::default()
    }
}

fn configuration(cors: Option<Cors>, keys: &[&str]) -> Configuration {
    Configuration {
        cors,
        ..crate::fixture::configuration(keys)
    }
}

fn api(cors: Cors) -> HttpApi {
    HttpApi::new(configuration(Some(cors), &["GET /things"])).unwrap()
}

fn from(origin: &str) -> Request {
    get("/things").with("origin", origin)
}

fn preflight(target: &str, origin: &str) -> Request {
    request("OPTIONS", target)
        .with("origin", origin)
        .with("access-control-request-method", "POST")
}

fn names(response: &Response) -> Vec<&str> {
    let mut names: Vec<&str> = response
        .headers()
        .keys()
        .map(|name| name.as_str())
        .collect();
    names.sort_unstable();
    names
}

fn respond(api: &HttpApi, request: &Request, output: &str) -> Response {
    let invocation = invoked(api, request);
    api.answer(
        &invocation,
        request,
        Outcome::Payload(output.to_owned().into()),
    )
    .response
}

// Fact 7.2.
#[test]
fn an_allowed_preflight_is_a_204() {
    let response = answered(
        &api(cors(&["*"])),
        &preflight("/things", "https://a.example"),
    );

    assert_eq!(response.status(), 204);
    assert!(response.body().is_empty());
    assert_eq!(header(&response, "access-control-allow-origin"), ["*"]);
    assert_eq!(
        header(&response, "access-control-allow-methods"),
        ["POST,OPTIONS"]
    );
    assert_eq!(
        header(&response, "access-control-allow-headers"),
        ["content-type"]
    );
    assert_eq!(header(&response, "access-control-max-age"), ["300"]);
    assert_eq!(response.headers().len(), 5, "{:?}", names(&response));
}

// Fact 7.3.
#[test]
fn a_disallowed_preflight_is_a_bare_204() {
    let api = api(cors(&["https://a.example"]));

    let response = answered(&api, &preflight("/things", "https://b.example"));

    assert_eq!(response.status(), 204);
    assert!(response.body().is_empty());
    assert_eq!(names(&response), ["apigw-requestid"]);
}

// Facts 7.1 and 5.12.
#[test]
fn a_preflight_without_a_route_needs_no_credentials() {
    let api = HttpApi::new(Configuration {
        routes: vec![guarded("POST /things", Access::Iam)],
        ..configuration(Some(cors(&["*"])), &[])
    })
    .unwrap();

    assert_eq!(
        served_by(&api, &preflight("/things", "https://a.example")),
        "204"
    );
    assert_eq!(
        served_by(&api, &preflight("/unknown", "https://a.example")),
        "204"
    );
}

// Fact 7.4.
#[test]
fn a_preflight_has_an_origin_and_a_requested_method() {
    let api = api(cors(&["*"]));
    let without_method = request("OPTIONS", "/things").with("origin", "https://a.example");
    let without_origin =
        request("OPTIONS", "/things").with("access-control-request-method", "POST");

    assert_eq!(served_by(&api, &without_method), "404");
    assert_eq!(served_by(&api, &without_origin), "404");
}

// Fact 7.5.
#[test]
fn headers_are_added_only_for_an_allowed_origin() {
    let api = api(Cors {
        exposed_headers: texts(&["ETag", "Link"]),
        credentials: true,
        ..cors(&["https://a.example", "https://b.example"])
    });
    let output = r#"{"statusCode":200}"#;

    let allowed = respond(&api, &from("https://b.example"), output);
    let disallowed = respond(&api, &from("https://c.example"), output);
    let without = respond(&api, &get("/things"), output);

    assert_eq!(
        header(&allowed, "access-control-allow-origin"),
        ["https://b.example"]
    );
    assert_eq!(
        header(&allowed, "access-control-allow-credentials"),
        ["true"]
    );
    assert_eq!(
        header(&allowed, "access-control-expose-headers"),
        ["ETag,Link"]
    );
    assert_eq!(names(&disallowed), ["apigw-requestid", "content-type"]);
    assert_eq!(names(&without), ["apigw-requestid", "content-type"]);
}

// Fact 7.5.
#[test]
fn the_cors_headers_of_a_function_are_ignored() {
    let api = api(cors(&["https://a.example"]));
    let output = r#"{"statusCode":200,"headers":{
        "Access-Control-Allow-Origin":"*","access-control-max-age":"1","x-kept":"1"}}"#;

    let allowed = respond(&api, &from("https://a.example"), output);
    let without = respond(&api, &get("/things"), output);

    assert_eq!(
        header(&allowed, "access-control-allow-origin"),
        ["https://a.example"]
    );
    assert!(header(&allowed, "access-control-max-age").is_empty());
    assert_eq!(header(&allowed, "x-kept"), ["1"]);
    assert!(header(&without, "access-control-allow-origin").is_empty());
}

// Fact 7.6.
#[test]
fn origins_are_exact_or_a_whole_scheme() {
    let allowed = |origins: &[&str], origin: &str| {
        let response = respond(&api(cors(origins)), &from(origin), "{}");
        header(&response, "access-control-allow-origin")
            .first()
            .map(|value| (*value).to_owned())
    };

    let a = "https://a.example";
    assert_eq!(allowed(&[a], a).as_deref(), Some(a));
    assert_eq!(allowed(&["https://*"], a).as_deref(), Some(a));
    assert_eq!(allowed(&["http://*"], a), None);
    assert_eq!(allowed(&["http://*", a], a).as_deref(), Some(a));
    assert_eq!(allowed(&["*"], a).as_deref(), Some("*"));
    assert_eq!(allowed(&[a], "https://a.example.evil"), None);
    assert_eq!(allowed(&[a], "HTTPS://A.EXAMPLE"), None);
    assert_eq!(allowed(&["https://*"], "https://"), None);
    assert_eq!(allowed(&[], a), None);
}

// Fact 7.6.
#[test]
fn methods_and_headers_may_be_a_star() {
    let api = api(Cors {
        methods: texts(&["*"]),
        headers: texts(&["*"]),
        ..cors(&["*"])
    });

    let response = answered(&api, &preflight("/things", "https://a.example"));

    assert_eq!(header(&response, "access-control-allow-methods"), ["*"]);
    assert_eq!(header(&response, "access-control-allow-headers"), ["*"]);
}

// Fact 7.9.
#[test]
fn without_cors_settings_options_is_an_ordinary_method() {
    let keys = ["OPTIONS /own", "GET /things"];
    let api = HttpApi::new(configuration(None, &keys)).unwrap();

    assert_eq!(
        served_by(&api, &preflight("/own", "https://a.example")),
        "OPTIONS /own"
    );
    assert_eq!(
        served_by(&api, &preflight("/things", "https://a.example")),
        "404"
    );
}

// Fact 7.10.
#[test]
fn errors_of_the_gateway_have_no_cors_headers() {
    let api = api(cors(&["*"]));
    let unknown = get("/unknown").with("origin", "https://a.example");
    let origin = "access-control-allow-origin";

    assert!(header(&answered(&api, &unknown), origin).is_empty());
    let invocation = invoked(&api, &from("https://a.example"));
    let failed = api
        .answer(
            &invocation,
            &from("https://a.example"),
            Outcome::FunctionError,
        )
        .response;
    assert!(header(&failed, origin).is_empty());
}

// Fact 7.11.
#[test]
fn without_cors_settings_the_headers_of_a_function_pass() {
    let api = HttpApi::new(configuration(None, &["GET /things"])).unwrap();
    let output = r#"{"statusCode":200,"headers":{"access-control-allow-origin":"null"}}"#;

    let response = respond(&api, &from("https://a.example"), output);

    assert_eq!(header(&response, "access-control-allow-origin"), ["null"]);
    assert_eq!(text(&response), "");
}

// Fact 7.7.
#[test]
fn credentials_for_every_origin_are_refused() {
    let cors = Cors {
        credentials: true,
        ..cors(&["*"])
    };

    let error = HttpApi::new(configuration(Some(cors), &[])).unwrap_err();

    assert_eq!(
        error.to_string(),
        "invalid CORS settings: allow-credentials is not supported if 'allow-origin' is *"
    );
}

// Facts 7.1, 7.8 and 5.12.
#[test]
fn a_preflight_goes_to_the_route_that_matches_options() {
    let tokens = || Access::Token { scopes: vec![] };
    let with = |keys: &[&str], guarded_keys: &[&str]| {
        let mut configuration = configuration(Some(cors(&["*"])), keys);
        configuration.jwt = Some(JwtAuthorizer {
            issuer: "https://issuer.example.com".to_owned(),
            audience: texts(&["a"]),
        });
        let guarded = guarded_keys.iter().map(|key| guarded(key, tokens()));
        configuration.routes.extend(guarded);
        HttpApi::new(configuration).unwrap()
    };
    let preflight = preflight("/things", "https://a.example");

    for (keys, guarded_keys, served) in [
        (&["ANY /things"][..], &[][..], "ANY /things"),
        (&["ANY /{rest+}"], &[], "ANY /{rest+}"),
        (&["OPTIONS /things"], &["POST /things"], "OPTIONS /things"),
        (&["$default"], &[], "$default"),
        (&[], &["ANY /things"], "401"),
        (&[], &["OPTIONS /things"], "401"),
        (&[], &["$default"], "401"),
        (&["OPTIONS /{proxy+}"], &["$default"], "OPTIONS /{proxy+}"),
        (&[], &["POST /things"], "204"),
    ] {
        let api = with(keys, guarded_keys);
        assert_eq!(
            served_by(&api, &preflight),
            served,
            "{keys:?} {guarded_keys:?}"
        );
    }
}

// Fact 7.5 preflight.
#[test]
fn a_functions_response_to_a_preflight_has_the_configured_headers() {
    let api = HttpApi::new(configuration(Some(cors(&["*"])), &["OPTIONS /things"])).unwrap();
    let preflight = preflight("/things", "https://a.example");

    let response = respond(&api, &preflight, r#"{"statusCode":204}"#);

    assert_eq!(header(&response, "access-control-allow-origin"), ["*"]);
    assert_eq!(
        header(&response, "access-control-allow-methods"),
        ["POST,OPTIONS"]
    );
}
