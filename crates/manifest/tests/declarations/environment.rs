//! Environment variables.

use manifest::Variable;

use crate::sample::Sample;

#[test]
fn a_function_may_replace_a_variable_of_the_workspace() {
    let sample = Sample::declaring(
        "[workspace.metadata.route.environment]\nLOG_LEVEL = \"info\"\nCITY = \"Bonn\"\n",
    );
    sample.function(
        "notes-get",
        "method = \"GET\"\npath = \"/notes\"\naccess = \"token\"\n\
         environment = { LOG_LEVEL = \"debug\" }\n",
    );

    let workspace = sample.load().unwrap();

    let variables = &workspace.functions[0].environment;
    let value = |text: &str| Some(Variable::Value(text.to_owned()));
    assert_eq!(variables.get("LOG_LEVEL").cloned(), value("debug"));
    assert_eq!(variables.get("CITY").cloned(), value("Bonn"));
}

#[test]
fn variables_larger_than_lambda_allows_are_refused_with_a_line() {
    let sample = Sample::new();
    let text = "a b ".repeat(1_024);
    sample.function(
        "notes-get",
        &format!(
            "method = \"GET\"\npath = \"/notes\"\naccess = \"token\"\n\
             environment = {{ TEXT = \"{text}\" }}\n"
        ),
    );

    let error = sample.load().unwrap_err();

    let problem = &error.problems()[0];
    assert!(problem.line.is_some());
    assert_eq!(problem.field, "package.metadata.route.environment");
    assert_eq!(
        problem.message,
        "has 4100 bytes of names and values; Lambda allows 4096"
    );
}
