//! The parameter mapping of routes.

use manifest::{Change, Mapping, MappingValue, Parameter, Part, Source};

use super::sample::{Sample, http};

fn declaring(mapping: &str) -> Sample {
    let sample = Sample::new();
    let route = "method = \"GET\"\npath = \"/notes\"\naccess = \"public\"\n";
    let mapping = format!("{route}[package.metadata.route.mapping{mapping}\n");
    sample.function("notes-get", &mapping);
    sample
}

fn mapping(declared: &str) -> Mapping {
    let workspace = declaring(declared).load().unwrap();
    http(&workspace.functions[0]).mapping.clone()
}

fn request(key: &str, value: &str) -> String {
    format!(".request]\n{key:?} = {value:?}")
}

#[test]
fn a_mapping_changes_requests_and_responses_by_status() {
    let mapping = mapping(
        ".request]\n\"append:header.X-Caller\" = \"${context.requestId}-a\"\n\
         [package.metadata.route.mapping.response.500]\n\"overwrite:statuscode\" = \"403\"\n",
    );

    let context = Part::Source(Source::Context("requestId".to_owned()));
    let parts = vec![context, Part::Text("-a".to_owned())];
    let header = Parameter::Header("x-caller".to_owned());
    let expected = Change::Append(header, MappingValue { parts });
    assert_eq!(mapping.request[0].change, expected);
    let parts = vec![Part::Text("403".to_owned())];
    let expected = Change::Status(MappingValue { parts });
    assert_eq!(mapping.responses[&500][0].change, expected);
}

#[test]
fn parameters_are_removed_before_others_are_set() {
    let mapping = mapping(
        ".request]\n\"append:header.a\" = \"1\"\n\"overwrite:header.a\" = \"2\"\n\
         \"remove:header.a\" = \"\"\n",
    );

    let changes: Vec<_> = mapping.request.iter().map(|each| &each.change).collect();
    assert!(
        matches!(
            changes[..],
            [Change::Remove(_), Change::Overwrite(..), Change::Append(..)]
        ),
        "{changes:?}"
    );
}

#[test]
fn every_source_of_a_request_is_accepted() {
    for value in [
        "$request.header.a",
        "$request.querystring.a",
        "$request.path",
        "$request.path.id",
        "$request.body",
        "$request.body.a[0]['b']",
        "$context.identity.sourceIp",
        "$context.authorizer.claims.sub",
        "$stageVariables.a",
        "a text",
        "${request.header.a}/${request.path.id}",
    ] {
        let mapping = mapping(&request("overwrite:header.b", value));

        assert_eq!(mapping.request.len(), 1, "{value}");
    }
}

#[test]
fn a_removed_parameter_has_no_value() {
    for value in ["", "''"] {
        let mapping = mapping(&request("remove:querystring.a", value));

        let parameter = Parameter::QueryString("a".to_owned());
        assert_eq!(mapping.request[0].change, Change::Remove(parameter));
    }
}

#[test]
fn a_wrong_value_is_refused() {
    for (value, expected) in [
        ("", "is empty; write a parameter or a text"),
        ("$request.heaer.a", "unknown parameter \"$request.heaer.a\""),
        ("$request.body..a", "recursive descent"),
        ("$request.body[?(@.a)]", "filter expressions"),
        (
            "$response.header.a",
            "the mapping of a request cannot read the response",
        ),
        ("$context.requestID", "did you mean \"requestId\"?"),
        ("${context.requestId", "has no \"}\""),
        ("$other", "unknown parameter \"$other\""),
    ] {
        let refusal = declaring(&request("overwrite:header.b", value));
        let refusal = refusal.refusal("notes-get");

        assert!(refusal.contains(expected), "{value}: {refusal}");
        assert!(
            refusal.starts_with("package.metadata.route.mapping.request.\"overwrite:header.b\""),
            "{refusal}"
        );
    }
}

#[test]
fn a_wrong_change_is_refused() {
    for key in [
        "header.a",
        "set:header.a",
        "append:path",
        "append:cookie.a",
        "append:querystring.",
        "overwrite:statuscode",
    ] {
        let refusal = declaring(&request(key, "a")).refusal("notes-get");

        assert!(
            refusal.contains("is not a change; write append"),
            "{key}: {refusal}"
        );
    }
    let refusal = declaring(&request("remove:header.a", "b")).refusal("notes-get");
    assert!(refusal.contains("its value must be"), "{refusal}");
}

#[test]
fn a_reserved_header_is_refused() {
    for header in [
        "Access-Control-Allow-Origin",
        "apigw-requestid",
        "Authorization",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Location",
        "Forwarded",
        "Keep-Alive",
        "Origin",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailers",
        "Transfer-Encoding",
        "Upgrade",
        "x-amz-date",
        "x-amzn-trace-id",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Via",
    ] {
        for operation in ["append", "overwrite"] {
            let key = format!("{operation}:header.{header}");
            let refusal = declaring(&request(&key, "a")).refusal("notes-get");
            assert!(
                refusal.contains("the header is reserved"),
                "{key}: {refusal}"
            );
        }
    }
}

#[test]
fn a_wrong_mapping_of_responses_is_refused() {
    for (declared, expected) in [
        (
            ".response.600]\n\"remove:header.a\" = \"\"",
            "response.600: must be a status from 200 to 599",
        ),
        (
            ".response.200]\n\"overwrite:path\" = \"/\"",
            "is not a change",
        ),
        (
            ".response.200]\n\"append:querystring.a\" = \"b\"",
            "is not a change",
        ),
        (
            ".response.200]\n\"overwrite:statuscode\" = \"6\"",
            "must be a status from 200 to 599, not \"6\"",
        ),
        (
            ".response.200]\n\"append:header.a\" = \"$request.header.a\"",
            "the mapping of a response cannot read the request",
        ),
        (
            "]\nresponse = 5",
            "mapping.response: must be a table, not a number",
        ),
        (
            "]\nrequests = {}",
            "mapping.requests: unknown field; did you mean \"request\"?",
        ),
    ] {
        let refusal = declaring(declared).refusal("notes-get");

        assert!(refusal.contains(expected), "{declared}: {refusal}");
    }
}

#[test]
fn mapping_templates_are_refused_with_the_reason() {
    let refusal = declaring("]\ntemplates = { \"application/json\" = \"#set($a = 1)\" }");
    let refusal = refusal.refusal("notes-get");

    assert!(refusal.contains("a Lambda proxy integration"), "{refusal}");
    assert!(refusal.contains("gateway-responses"), "{refusal}");
}
