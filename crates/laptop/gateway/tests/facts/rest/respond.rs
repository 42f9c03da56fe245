//! Section 2.2 of the REST facts: what becomes of a function's output.

use gateway::{Api, Outcome, Response, limits};
use http::StatusCode;

use super::fixture::{answer, api, configuration, open, response, response_of};
use crate::fixture::{With, get, header, text};

const INTERNAL: &str = r#"{"message": "Internal server error"}"#;

#[track_caller]
fn assert_malformed(response: &Response, output: &str) {
    assert_eq!(response.status(), 502, "{output}");
    assert_eq!(text(response), INTERNAL, "{output}");
    assert_eq!(response.body().len(), 36);
    assert_eq!(
        header(response, "x-amzn-errortype"),
        ["InternalServerErrorException"]
    );
}

// Fact R2.11.
#[test]
fn a_rest_answer_is_json_unless_it_says_otherwise() {
    for (output, body) in [
        (r#"{"statusCode":200}"#, ""),
        ("{}", ""),
        (r#"{"headers":{"x":"y"}}"#, ""),
        (r#"{"headers":null,"body":"hi"}"#, "hi"),
    ] {
        let response = response(output);
        assert_eq!(response.status(), 200, "{output}");
        assert_eq!(header(&response, "content-type"), ["application/json"]);
        assert_eq!(text(&response), body, "{output}");
    }
    assert_eq!(header(&response(r#"{"headers":{"x":"y"}}"#), "x"), ["y"]);
}

#[test]
fn a_rest_status_may_be_a_text_of_digits() {
    assert_eq!(response(r#"{"statusCode":"201"}"#).status(), 201);
    for output in [
        r#"{"statusCode":"test"}"#,
        r#"{"statusCode":200.5}"#,
        r#"{"statusCode":99}"#,
        r#"{"statusCode":600}"#,
        r#"{"statusCode":true}"#,
    ] {
        assert_malformed(&response(output), output);
    }
}

// Fact R2.10.
#[test]
fn outputs_of_another_shape_are_a_502_of_36_bytes() {
    for output in [
        r#"{"statusCode":200,"wrongValue":1}"#,
        r#"{"statusCode":200,"cookies":[]}"#,
        "\"bare\"",
        "[200]",
        "7",
        "{",
        "",
        r#"{"multiValueHeaders":{"a":"b"}}"#,
        r#"{"body":{"a":1}}"#,
        r#"{"body":42}"#,
        r#"{"isBase64Encoded":"yes"}"#,
        r#"{"headers":{"a":["b"]}}"#,
    ] {
        assert_malformed(&response(output), output);
    }
}

#[test]
fn values_of_rest_headers_become_text() {
    let response = response(r#"{"headers":{"a":true,"b":7,"c":null}}"#);

    assert_eq!(header(&response, "a"), ["true"]);
    assert_eq!(header(&response, "b"), ["7"]);
    assert!(header(&response, "c").is_empty());
}

#[test]
fn rest_headers_of_both_maps_are_merged() {
    let several = response(r#"{"multiValueHeaders":{"test-multi":["value1","value2"]}}"#);
    let both = response(
        r#"{"headers":{"test-multi":"value-solo"},
            "multiValueHeaders":{"tesT-Multi":["value-multi"]}}"#,
    );
    let same = response(r#"{"headers":{"a":"b"},"multiValueHeaders":{"a":["b"]}}"#);

    assert_eq!(header(&several, "test-multi"), ["value1", "value2"]);
    assert_eq!(header(&both, "test-multi"), ["value-multi", "value-solo"]);
    assert_eq!(header(&same, "a"), ["b"]);
}

// Fact R2.17.
#[test]
fn headers_of_the_gateway_are_remapped() {
    let response = response(
        r#"{"headers":{"WWW-Authenticate":"Bearer","Date":"now","Transfer-Encoding":"chunked"}}"#,
    );

    assert_eq!(
        header(&response, "x-amzn-remapped-www-authenticate"),
        ["Bearer"]
    );
    assert_eq!(header(&response, "x-amzn-remapped-date"), ["now"]);
    for name in ["www-authenticate", "date", "transfer-encoding"] {
        assert!(header(&response, name).is_empty(), "{name}");
    }
}

fn images(types: &[&str]) -> Api {
    let mut configuration = configuration(&["GET /"]);
    configuration.binary_media_types = types.iter().map(|kind| (*kind).to_owned()).collect();
    open(configuration)
}

// Fact R2.12.
#[test]
fn a_base64_answer_is_decoded_for_the_first_accepted_type_only() {
    let output = r#"{"isBase64Encoded":true,"body":"aGk="}"#;
    let body = |types: &[&str], accept: Option<&str>| {
        let request = get("/stage");
        let request = match accept {
            Some(accept) => request.with("accept", accept),
            None => request,
        };
        text(&response_of(&images(types), &request, output)).to_owned()
    };

    for (accept, expected) in [
        (Some("image/png"), "hi"),
        (Some("image/png,image/*,*/*;q=0.8"), "hi"),
        (Some("image/webp,image/png,*/*;q=0.8"), "aGk="),
        (Some("*/*"), "aGk="),
        (Some("image/*"), "aGk="),
        (Some("image/jpg"), "aGk="),
        (None, "aGk="),
    ] {
        assert_eq!(body(&["image/png"], accept), expected, "{accept:?}");
    }
    assert_eq!(body(&["application/*"], Some("application/whatever")), "hi");
    assert_eq!(body(&["application/*"], Some("application")), "aGk=");
    assert_eq!(body(&["*/*"], None), "hi");
    assert_eq!(body(&[], Some("image/png")), "aGk=");
}

#[test]
fn a_binary_answer_that_is_not_base64_is_a_500() {
    let request = get("/stage").with("accept", "image/png");
    let output = r#"{"isBase64Encoded":true,"body":"not base64"}"#;

    let response = response_of(&images(&["image/png"]), &request, output);

    assert_eq!(response.status(), 500);
    assert_eq!(text(&response), INTERNAL);
}

// Facts R2.10, R2.13 to R2.16.
#[test]
fn failures_of_functions_have_their_rest_statuses() {
    for (outcome, status, body) in [
        (Outcome::FunctionError, 502, INTERNAL),
        (Outcome::Throttled, 500, INTERNAL),
        (Outcome::NotInvocable, 500, INTERNAL),
        (
            Outcome::TimedOut,
            504,
            r#"{"message": "Endpoint request timed out"}"#,
        ),
        (
            Outcome::RequestTooLarge,
            413,
            r#"{"message":"Request Too Long"}"#,
        ),
    ] {
        let response = answer(&api(&["GET /"]), &get("/stage"), outcome.clone());
        assert_eq!(response.status(), status, "{outcome:?}");
        assert_eq!(text(&response), body, "{outcome:?}");
    }
    assert_eq!(api(&[]).integration_timeout().as_secs(), 29);
}

// Fact R2.16.
#[test]
fn a_rest_answer_over_6291556_bytes_is_a_502() {
    let output = |length: usize| {
        let frame = r#"{"body":""}"#.len();
        format!(r#"{{"body":"{}"}}"#, "a".repeat(length - frame))
    };

    assert_eq!(response(&output(limits::PAYLOAD)).status(), 200);
    assert_malformed(&response(&output(limits::PAYLOAD + 1)), "too long");
}

// Facts R1.18 and R1.21.
#[test]
fn rest_answers_have_two_ids_and_the_trace() {
    let response = response("{}");

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        header(&response, "x-amzn-requestid"),
        ["01234567-89ab-4def-8123-456789abcdef"]
    );
    assert_eq!(header(&response, "x-amz-apigw-id"), ["ASNFZ4mr7yNFZ4k="]);
    assert_eq!(header(&response, "x-amzn-trace-id").len(), 1);
    assert!(header(&response, "apigw-requestid").is_empty());
}
