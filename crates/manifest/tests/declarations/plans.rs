//! Usage plans and gateway responses, which a REST API has.

use manifest::{Period, Quota, ResponseType};

use super::sample::Sample;

const ROUTE: &str = "method = \"GET\"\npath = \"/notes\"\naccess = \"public\"\n";

fn plan(lines: &str) -> Sample {
    Sample::declaring(&format!("[workspace.metadata.plans.basic]\n{lines}\n"))
}

fn response(kind: &str, lines: &str) -> Sample {
    Sample::declaring(&format!(
        "[workspace.metadata.gateway-responses.{kind}]\n{lines}\n"
    ))
}

#[test]
fn a_plan_has_a_throttle_a_quota_and_throttles_of_routes() {
    let sample = plan(
        "throttle = { rate = 10, burst = 20 }\n\
         quota = { limit = 100, period = \"week\", offset = 3 }\n\
         routes = { notes-get = { rate = 0.5, burst = 1 } }",
    );
    sample.function("notes-get", &format!("{ROUTE}key = true\n"));

    let workspace = sample.load().unwrap();

    let basic = &workspace.plans["basic"];
    assert_eq!(basic.throttle.unwrap().burst, 20);
    let expected = Quota {
        limit: 100,
        period: Period::Week,
        offset: 3,
    };
    assert_eq!(basic.quota, Some(expected));
    assert_eq!(basic.routes["notes-get"].burst, 1);
}

#[test]
fn a_wrong_plan_is_refused() {
    for (lines, expected) in [
        (
            "quota = { limit = 0, period = \"day\" }",
            "Cargo.toml:11: workspace.metadata.plans.basic.quota.limit: must be a whole number from 1",
        ),
        ("quota = { period = \"day\" }", "quota.limit: is missing"),
        ("quota = { limit = 1 }", "quota.period: is missing"),
        (
            "quota = { limit = 1, period = \"dya\" }",
            "unknown period \"dya\"; known are day, week, month",
        ),
        (
            "quota = { limit = 1, period = \"day\", offset = 2 }",
            "offset: must not be more than the limit, 1",
        ),
        (
            "throttle = { rate = 1 }",
            "throttle.burst: must be the number of requests",
        ),
        (
            "routes = { notes-gte = { rate = 1, burst = 1 } }",
            "basic.routes.notes-gte: no function with a route has this name; did you mean \"notes-get\"?",
        ),
        (
            "routes = { notes-get = { rate = 1, burst = 1 } }",
            "add key = true to the route",
        ),
        ("burst = 1", "basic.burst: unknown field"),
    ] {
        let sample = plan(lines);
        sample.function("notes-get", ROUTE);

        let error = sample.load().unwrap_err();

        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.to_string().contains(expected), "{lines}: {error}");
    }
}

#[test]
fn a_plan_throttles_at_most_twenty_routes() {
    let routes: String = (0..21)
        .map(|n| format!("r{n} = {{ rate = 1, burst = 1 }}, "))
        .collect();
    let sample = plan(&format!("routes = {{ {} }}", routes.trim_end_matches(", ")));
    for n in 0..21 {
        let route =
            format!("method = \"GET\"\npath = \"/r{n}\"\naccess = \"public\"\nkey = true\n");
        sample.function(&format!("r{n}"), &route);
    }

    let refusal = sample.load().unwrap_err().to_string();

    assert!(
        refusal.contains("has 21 throttles; API Gateway allows 20"),
        "{refusal}"
    );
}

#[test]
fn the_name_of_a_plan_is_checked() {
    let refusal = Sample::declaring("[workspace.metadata.plans.Gold]\n").load();

    let refusal = refusal.unwrap_err().to_string();
    assert!(
        refusal.contains("plans.Gold: the name of a plan has up to 41"),
        "{refusal}"
    );
}

#[test]
fn a_gateway_response_has_a_status_headers_and_templates() {
    let sample = response(
        "DEFAULT_4XX",
        "status = 499\n\
         headers = { Vary = \"'Origin'\", X-Id = \"context.requestId\" }\n\
         templates = { \"application/json\" = \"{}\" }",
    );

    let workspace = sample.load().unwrap();

    let declared = &workspace.gateway_responses[&ResponseType::Default4xx];
    assert_eq!(declared.status, Some(499));
    assert_eq!(declared.headers["X-Id"], "context.requestId");
    assert_eq!(declared.templates["application/json"], "{}");
}

#[test]
fn a_wrong_gateway_response_is_refused() {
    for (kind, lines, expected) in [
        (
            "DEFAULT_44X",
            "",
            "gateway-responses.DEFAULT_44X: unknown type of gateway response; did you mean \"DEFAULT_4XX\"?",
        ),
        (
            "REQUEST_TOO_LARGE",
            "",
            "does not allow this response to be changed",
        ),
        (
            "THROTTLED",
            "status = 600",
            "Cargo.toml:11: workspace.metadata.gateway-responses.THROTTLED.status: must be a whole number from 100 to 599",
        ),
        (
            "THROTTLED",
            "headers = { a = \"b\" }",
            "headers.\"a\": \"b\" is not a source; write a text in single quotes",
        ),
        (
            "THROTTLED",
            "headers = { a = \"method.request.header.\" }",
            "is not a source",
        ),
        (
            "THROTTLED",
            "headers = { \"a b\" = \"'c'\" }",
            "\"a b\" is not the name of a header",
        ),
        (
            "THROTTLED",
            "headers = { a = 1 }",
            "must be a string, not a number",
        ),
        (
            "THROTTLED",
            "templates = { json = \"\" }",
            "is not a media type",
        ),
        ("THROTTLED", "body = \"\"", "THROTTLED.body: unknown field"),
    ] {
        let error = response(kind, lines).load().unwrap_err();

        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.to_string().contains(expected), "{lines}: {error}");
    }
}

#[test]
fn a_rest_api_has_21_types_of_gateway_responses() {
    use strum::VariantNames;

    assert_eq!(ResponseType::VARIANTS.len(), 21);
}
