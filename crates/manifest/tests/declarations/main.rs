//! Reading workspaces, and refusing wrong declarations.

#![allow(clippy::unwrap_used, reason = "tests")]

mod apis;
mod authorizers;
mod mapping;
mod plans;
mod sample;
mod validation;

use std::time::Duration;

use manifest::{
    Access, Action, AttributeType, Cors, Function, PayloadFormat, Route, Variable, Workspace,
};

use sample::{Sample, http};

#[test]
fn a_function_has_its_declared_values_and_the_defaults() {
    let sample = Sample::new();
    sample.function(
        "notes-get",
        r#"
        method = "GET"
        path = "/notes/{noteId}"
        access = { scopes = ["notes:read", "notes:admin"] }
        tables = { notes = ["GetItem", "PutItem"], "notes/by-author" = ["Query"] }
        timeout = 5
        throttle = { rate = 20, burst = 4 }
        reserved-concurrency = 10
        payload-format = "1.0"
        [dependencies]
        shelf.workspace = true
        "#,
    );

    let workspace = sample.load().unwrap();

    let function = workspace.function("notes-get").unwrap();
    assert_eq!(function.description, "About notes-get.");
    let http = http(function);
    assert_eq!(http.route.to_string(), "GET /notes/{noteId}");
    let scopes = vec!["notes:read".to_owned(), "notes:admin".to_owned()];
    assert_eq!(http.access, Access::Token { scopes });
    assert!(function.permissions.allow(Action::PutItem, &"notes".into()));
    assert!(
        function
            .permissions
            .allow(Action::Query, &"notes/by-author".into())
    );
    assert!(!function.permissions.allow(Action::Query, &"notes".into()));
    assert_eq!(function.memory, 256);
    assert_eq!(function.timeout, Duration::from_secs(5));
    assert_eq!(http.throttle.unwrap().burst, 4);
    assert_eq!(function.reserved_concurrency, Some(10));
    assert_eq!(http.payload_format, PayloadFormat::V1);
    assert_eq!(
        function.local_dependencies,
        [sample.path("crates/paper"), sample.path("crates/shelf")]
    );
    assert_eq!(function.folder, sample.path("functions/notes-get"));
}

#[test]
fn a_route_key_is_parsed_and_printed() {
    for key in ["GET /", "ANY /notes/{noteId}/{rest+}", "$default"] {
        assert_eq!(key.parse::<Route>().unwrap().to_string(), key);
    }
    for (key, expected) in [
        (
            "GET",
            "invalid route \"GET\": it must be a method and a path",
        ),
        ("GETT /", "unknown method \"GETT\"; did you mean \"GET\"?"),
        ("GET notes", "the path must start with \"/\""),
    ] {
        let message = key.parse::<Route>().unwrap_err().to_string();
        assert!(message.contains(expected), "{key}: {message}");
    }
}

#[test]
fn a_table_has_keys_indexes_and_a_time_to_live() {
    let workspace = Sample::new().load().unwrap();

    let notes = &workspace.tables["notes"];
    assert_eq!(notes.partition_key.name, "id");
    assert_eq!(notes.time_to_live.as_deref(), Some("expiresAt"));
    let by_author = &notes.indexes["by-author"];
    assert_eq!(by_author.partition_key.kind, AttributeType::S);
    assert_eq!(by_author.sort_key.as_ref().unwrap().kind, AttributeType::N);
}

#[test]
fn a_function_read_alone_is_the_same() {
    let sample = Sample::new();
    sample.function(
        "notes-get",
        "method = \"GET\"\npath = \"/notes\"\naccess = \"token\"\ntables.notes = [\"Scan\"]\n\
         [dependencies]\nshelf.workspace = true\n",
    );
    sample.function("rest", "path = \"$default\"\naccess = \"public\"\n");

    let workspace = sample.load().unwrap();

    assert_eq!(workspace.functions.len(), 2);
    assert_eq!(
        http(workspace.function("rest").unwrap()).route,
        Route::Default
    );
    for function in &workspace.functions {
        assert_eq!(&Function::read(&function.manifest_path).unwrap(), function);
        let root = manifest::find_root(Some(&function.manifest_path)).unwrap();
        assert_eq!(root, workspace.root);
        let tables = manifest::read_tables(&function.manifest_path).unwrap();
        assert_eq!(tables, workspace.tables);
    }
}

/// Returns the example in `readme` that begins with this table, up to its end.
fn block<'a>(readme: &'a str, table: &str) -> &'a str {
    let begin = readme.find(&format!("\n{table}")).unwrap();
    readme[begin..].split("```").next().unwrap()
}

#[test]
fn the_description_has_the_documented_format() {
    let readme = include_str!("../../README.md");
    let sample = Sample::declaring(block(readme, "[workspace.metadata.cors]"));
    sample.function(
        "notes-get",
        r#"
        method = "GET"
        path = "/notes/{noteId}"
        access = { scopes = ["notes:read"] }
        tables = { notes = ["GetItem"], "notes/by-author" = ["Query"] }
        timeout = 5
        [package.metadata.route.environment]
        LOG_LEVEL = "info"
        PAGE_LIMIT = { parameter = "/notes/page-limit" }
        API_KEY = { secret = "notes/api-key" }
        "#,
    );
    let path = "functions/notes-get/Cargo.toml";
    let function = std::fs::read_to_string(sample.path(path)).unwrap();
    let mapping = block(readme, "[package.metadata.route.mapping.request]");
    sample.write(path, &format!("{function}{mapping}"));
    sample.package(
        "functions/doorkeeper",
        block(readme, "[package.metadata.authorizer]\n"),
    );
    let example = readme.split("```json\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let documented: serde_json::Value = serde_json::from_str(example).unwrap();

    let workspace = sample.load().unwrap();
    let description = workspace.describe(manifest::ApiKind::Http).unwrap();
    let described = serde_json::to_string(&description).unwrap();

    let folder = sample.path("").display().to_string();
    let described = described.replace(&folder, "/workspace/");
    let mut described: serde_json::Value = serde_json::from_str(&described).unwrap();
    described["root"] = "/workspace".into();
    assert_eq!(described, documented);
}

#[test]
fn a_wrong_field_is_refused() {
    let good = [
        "method = \"GET\"",
        "path = \"/notes\"",
        "access = \"token\"",
    ];
    let cases = [
        (
            "method = \"FETCH\"",
            "method: unknown method \"FETCH\"; known are GET, POST",
        ),
        (
            "method = \"DELET\"",
            "method: unknown method \"DELET\"; did you mean \"DELETE\"?",
        ),
        ("method = 3", "method: must be a string, not a number"),
        ("path = \"notes\"", "path: must start with \"/\""),
        ("path = \"/notes/\"", "path: must not end in \"/\""),
        (
            "path = \"/notes/:noteId\"",
            "path: writes a variable as \":noteId\"; write \"{noteId}\"",
        ),
        (
            "path = \"/{all+}/notes\"",
            "path: {all+} takes the rest of the path",
        ),
        (
            "path = \"$default\"",
            "method: the $default route takes every method",
        ),
        (
            "access = \"tokens\"",
            "access: unknown access \"tokens\"; write \"public\"",
        ),
        (
            "access = { scopes = [] }",
            "access.scopes: must be 1 to 10 scopes",
        ),
        (
            "access = { scope = [\"a\"], scopes = [\"a\"] }",
            "access.scope: unknown field; did you mean \"scopes\"?",
        ),
        (
            "acess = \"token\"",
            "acess: unknown field; did you mean \"access\"?",
        ),
        (
            "tables = { nots = [\"GetItem\"] }",
            "tables.nots: unknown table \"nots\"; did you mean \"notes\"?",
        ),
        (
            "tables = { \"notes/by-autor\" = [\"Query\"] }",
            "unknown index \"by-autor\" of \"notes\"; did you mean \"by-author\"?",
        ),
        (
            "tables = { notes = [\"GetItems\"] }",
            "tables.notes: unknown action \"GetItems\"; did you mean \"GetItem\"?",
        ),
        (
            "tables = { notes = [\"PartiQLSelect\"] }",
            "tables.notes: unknown action \"PartiQLSelect\"; known are BatchGetItem, ",
        ),
        (
            "tables = { notes = [\"TransactWriteItems\"] }",
            "a transaction has no action of its own",
        ),
        (
            "tables = { notes = [\"Query\", \"Query\"] }",
            "tables.notes: names Query twice",
        ),
        (
            "tables = { notes = [] }",
            "tables.notes: must be an array of actions",
        ),
        (
            "tables = { \"notes/by-author\" = [\"PutItem\"] }",
            "PutItem is an action of tables, not of indexes",
        ),
        (
            "memory = 64",
            "memory: must be a whole number from 128 to 10240 (MB), not 64",
        ),
        (
            "timeout = 31",
            "timeout: must be a whole number from 1 to 30 (seconds; API Gateway waits no longer), not 31",
        ),
        (
            "timeout = 1.5",
            "timeout: must be a whole number from 1 to 30 (seconds; API Gateway waits no longer), not 1.5",
        ),
        (
            "throttle = { rate = 0, burst = 1 }",
            "throttle.rate: must be requests per second",
        ),
        (
            "throttle = { rate = 1 }",
            "throttle.burst: must be the number of requests",
        ),
        (
            "reserved-concurrency = -1",
            "reserved-concurrency: must be a whole number of at least 0",
        ),
        (
            "operation = { answer = \"nothing\" }",
            "operation.answer: must be { item = \"Type\" }",
        ),
        (
            "operation = { body = \"Note\" }",
            "operation.answer: is missing; write { item = \"Type\" }",
        ),
        (
            "operation = { answer = { itm = \"Note\" } }",
            "operation.answer.itm: unknown answer; did you mean \"item\"?",
        ),
        (
            "operation = { answer = { item = \"a note\" } }",
            "operation.answer.item: must be the name of a type, as in \"NewNote\"",
        ),
        (
            "operation = { answer = \"no-content\", bdy = \"Note\" }",
            "operation.bdy: unknown field; did you mean \"body\"?",
        ),
        (
            "operation = { answer = \"no-content\", body = \"A\", merge-patch = \"B\" }",
            "operation.merge-patch: a route takes either body or merge-patch",
        ),
        (
            "operation = { answer = \"no-content\", if-match = \"yes\" }",
            "operation.if-match: must be true or false, not a string",
        ),
        (
            "operation = { answer = \"no-content\", query = [\"color\"] }",
            "operation.query: must be a table of parameters and their types",
        ),
        (
            "operation = { answer = \"no-content\", problems = \"not-found\" }",
            "operation.problems: must be a list of the names of problems",
        ),
        (
            "payload-format = \"3.0\"",
            "payload-format: must be \"2.0\" or \"1.0\"",
        ),
        (
            "environment = { \"2ND\" = \"a\" }",
            "environment.2ND: a name has at least two characters: letters, digits and \"_\", a letter first",
        ),
        (
            "environment = { _HANDLER = \"a\" }",
            "environment._HANDLER: a name has at least two characters",
        ),
        (
            "environment = { AWS_REGION = \"eu-central-1\" }",
            "environment.AWS_REGION: names that begin with AWS_ or LAMBDA_ are reserved for Lambda",
        ),
        (
            "environment = { TABLE_NOTES = \"notes\" }",
            "environment.TABLE_NOTES: names that begin with TABLE_ have the names of tables",
        ),
        (
            "environment = { LIMIT = 5 }",
            "environment.LIMIT: must be a string, { parameter = \"/path\" } or { secret = \"name\" }, not a number",
        ),
        (
            "environment = { API_KEY = { secrt = \"a\" } }",
            "environment.API_KEY.secrt: unknown field; did you mean \"secret\"?",
        ),
        (
            "environment = { API_KEY = { secret = \"arn:aws:secretsmanager:x\" } }",
            "environment.API_KEY.secret: must be the name of a secret, not its ARN or value",
        ),
        (
            "environment = { LIMIT = { parameter = \"a b\" } }",
            "environment.LIMIT.parameter: must be the name of a parameter",
        ),
        (
            "environment = { API_KEY = \"abc\" }",
            "environment.API_KEY: the name is that of a secret, and everybody who may read",
        ),
        (
            "environment = \"a\"",
            "environment: must be a table, not a string",
        ),
    ];
    for (line, expected) in cases {
        let field = line.split_once(" =").unwrap().0;
        let kept = good
            .iter()
            .filter(|good| !good.starts_with(&format!("{field} ")));
        let route: String = kept
            .copied()
            .chain([line])
            .map(|l| format!("{l}\n"))
            .collect();
        let sample = Sample::new();
        sample.function("notes-get", &route);

        let refusal = sample.refusal("notes-get");

        assert!(refusal.contains(expected), "{line}: {refusal}");
        assert!(refusal.starts_with("package.metadata.route."), "{refusal}");
    }
}

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

#[test]
fn a_missing_field_is_refused() {
    for (left_out, expected) in [
        ("method", "route.method: is missing"),
        ("path", "route.path: is missing"),
        ("access", "route.access: is missing; write \"public\""),
    ] {
        let lines = [
            "method = \"GET\"\n",
            "path = \"/notes\"\n",
            "access = \"token\"\n",
        ];
        let route: String = lines
            .into_iter()
            .filter(|l| !l.starts_with(left_out))
            .collect();
        let sample = Sample::new();
        sample.function("notes-get", &route);

        let refusal = sample.refusal("notes-get");

        assert!(refusal.contains(expected), "{left_out}: {refusal}");
    }
}

#[test]
fn functions_without_a_route_are_listed() {
    let sample = Sample::new();
    sample.package("functions/queue-worker", "");
    let dependency = "[dependencies]\nlambda_runtime = \"1\"\n";
    sample.package("functions/nightly", dependency);
    sample.package("workers/stream", dependency);
    sample.write("workers/stream/src/main.rs", "fn main() {}\n");
    std::fs::remove_file(sample.path("workers/stream/src/lib.rs")).unwrap();
    // A library, and a tool that has one, are not functions.
    sample.package("tools/probe", dependency);
    sample.write("tools/probe/src/main.rs", "fn main() {}\n");

    let workspace = sample.load().unwrap();

    assert_eq!(
        workspace.without_route,
        ["nightly", "queue-worker", "stream"]
    );
    assert!(workspace.functions.is_empty());
}

#[test]
fn folder_package_and_binary_may_have_different_names() {
    let sample = Sample::new();
    let route = "[package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n";
    let binary = "[[bin]]\nname = \"bootstrap\"\npath = \"src/main.rs\"\n";
    sample.package("functions/get", &format!("{route}{binary}"));
    let text = std::fs::read_to_string(sample.path("functions/get/Cargo.toml")).unwrap();
    sample.write(
        "functions/get/Cargo.toml",
        &text.replacen("\"get\"", "\"get_note\"", 1),
    );

    let workspace = sample.load().unwrap();

    let function = &workspace.functions[0];
    assert_eq!(function.name, "get-note");
    assert_eq!(function.package, "get_note");
    assert_eq!(function.binary, "bootstrap");
}

#[test]
fn of_several_binaries_the_function_has_the_name_of_the_package() {
    let sample = Sample::new();
    let route = "[package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n";
    let binary = |name| format!("[[bin]]\nname = {name:?}\npath = \"src/main.rs\"\n");
    let two = |first| format!("{route}{}{}", binary(first), binary("tool"));

    sample.package("functions/notes-get", &two("notes-get"));
    assert_eq!(sample.load().unwrap().functions[0].binary, "notes-get");

    sample.package("functions/notes-get", &two("fetch"));
    let refusal = sample.refusal("notes-get");
    assert!(
        refusal.contains("make a package for each other function"),
        "{refusal}"
    );
}

#[test]
fn a_package_can_be_the_whole_workspace() {
    let sample = Sample::new();
    sample.write(
        "alone/Cargo.toml",
        "[package]\nname = \"alone\"\ndescription = \"Alone.\"\nedition = \"2024\"\n[workspace]\n\
         [package.metadata.route]\nmethod = \"GET\"\npath = \"/\"\naccess = \"public\"\n",
    );
    sample.write("alone/src/main.rs", "fn main() {}\n");

    let workspace = Workspace::load(Some(&sample.path("alone/Cargo.toml"))).unwrap();

    assert_eq!(workspace.root, sample.path("alone"));
    assert_eq!(workspace.functions[0].name, "alone");
}

#[test]
fn two_functions_with_one_route_are_refused() {
    let sample = Sample::new();
    let route = |path: &str| format!("method = \"GET\"\npath = {path:?}\naccess = \"public\"\n");
    sample.function("notes-get", &route("/notes/{noteId}"));
    sample.function("things-get", &route("/notes/{thing}"));
    sample.function("rest-get", &route("/notes/{thing+}"));

    let error = sample.load().unwrap_err();

    assert_eq!(error.problems().len(), 1, "{error}");
    let problem = &error.problems()[0];
    assert!(problem.file.ends_with("functions/things-get/Cargo.toml"));
    assert!(
        problem.message.contains("already the route of notes-get"),
        "{problem}"
    );
}

#[test]
fn a_default_throttle_is_refused() {
    let sample =
        Sample::declaring("[workspace.metadata.route.throttle]\nrate = 1000\nburst = 500\n");

    let refusal = sample.load().unwrap_err().to_string();

    assert_eq!(
        refusal,
        "Cargo.toml:10: workspace.metadata.route.throttle: routes have no default throttle; set \
         \"throttle\" in an environment of cdk/cdk.json, or in single routes"
    );
}

#[test]
fn wrong_cors_settings_are_refused() {
    for (declared, expected) in [
        (
            "",
            "Cargo.toml:10: workspace.metadata.cors.origins: is missing",
        ),
        ("origins = \"*\"", "origins: must be an array, not a string"),
        (
            "origins = [1]",
            "origins: must contain strings, not a number",
        ),
        (
            "origins = [\"foo\"]",
            "Cargo.toml:11: workspace.metadata.cors.origins: \"foo\" is not an origin",
        ),
        ("origins = [\"https://a.example/\"]", "is not an origin"),
        ("origins = [\"https://*.example\"]", "is not an origin"),
        ("origins = [\"https://a.example:port\"]", "is not an origin"),
        (
            "origins = []\nmethods = [\"PATHC\"]",
            "unknown method \"PATHC\"; did you mean \"PATCH\"?",
        ),
        (
            "origins = []\nheaders = [\"a b\"]",
            "headers: \"a b\" is not the name of a header",
        ),
        (
            "origins = []\nmax-age = 86401",
            "max-age: must be a whole number from 0 to 86400 (seconds)",
        ),
        (
            "origins = []\ncredentials = \"yes\"",
            "credentials: must be true or false, not a string",
        ),
        (
            "origins = [\"*\"]\ncredentials = true",
            "credentials: allow-credentials is not supported if",
        ),
        (
            "origins = []\nexpose-headers = []",
            "unknown field; did you mean \"exposed-headers\"?",
        ),
    ] {
        let sample = Sample::declaring(&format!("[workspace.metadata.cors]\n{declared}\n"));

        let refusal = sample.load().unwrap_err().to_string();

        assert!(refusal.contains(expected), "{declared}: {refusal}");
    }
}

#[test]
fn other_origins_are_checked_as_the_declared_ones() {
    let cors = Cors {
        origins: vec!["https://pages.example".to_owned()],
        credentials: true,
        ..Cors::default()
    };
    let replaced = |origin: &str| cors.clone().with_origins(vec![origin.to_owned()]);

    for origin in [
        "http://localhost:5173",
        "https://*",
        "http://[::1]:3000",
        "capacitor://localhost",
    ] {
        assert_eq!(replaced(origin).unwrap().origins, [origin]);
    }
    for origin in ["foo", "*", "https://", "localhost:5173"] {
        assert!(replaced(origin).is_err(), "{origin}");
    }
}

#[test]
fn every_mistake_is_reported_at_once() {
    let sample = Sample::new();
    sample.function("notes-get", "method = \"GOT\"\npath = \"notes\"\n");
    sample.function("notes-put", "method = \"PUT\"\naccess = \"all\"\n");

    let error = sample.load().unwrap_err();

    assert_eq!(error.problems().len(), 5, "{error}");
    let lines: Vec<_> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 5);
    let method = "functions/notes-get/Cargo.toml:7: package.metadata.route.method: unknown";
    assert!(lines[1].starts_with(method), "{error}");
}

#[test]
fn tables_are_declared_in_one_member() {
    let sample = Sample::new();
    sample.package(
        "crates/more",
        "[package.metadata.tables.things]\npartition-key = \"id\"\n",
    );

    let error = sample.load().unwrap_err();

    assert!(
        error
            .to_string()
            .contains("the tables are already declared by the package"),
        "{error}"
    );
}

#[test]
fn a_wrong_table_is_refused() {
    let cases = [
        (
            "sort-key = \"id\"",
            "tables.things.partition-key: is missing",
        ),
        (
            "partition-key = { name = \"id\", type = \"S\", kind = 1 }",
            "partition-key.kind: unknown field",
        ),
        (
            "partition-key = { name = \"id\", type = \"X\" }",
            "partition-key.type: must be \"S\", \"N\" or \"B\"",
        ),
        (
            "partition-key = \"id\"\npartition = 3",
            "things.partition: unknown field; did you mean \"partition-key\"?",
        ),
        (
            "partition-key = \"id\"\nindexes.by-id = { partition-key = { name = \"id\", type = \"N\" } }",
            "things: the attribute \"id\" has two types",
        ),
        (
            "partition-key = \"id\"\nindexes.By_Id = { partition-key = \"id\" }",
            "indexes.By_Id: a name has 3 to 255",
        ),
    ];
    for (declared, expected) in cases {
        let sample = Sample::new();
        let table = format!("[package.metadata.tables.things]\n{declared}\n");
        sample.package("crates/shelf", &table);

        let error = sample.load().unwrap_err();

        assert_eq!(error.problems().len(), 1, "{declared}: {error}");
        assert!(error.to_string().contains(expected), "{declared}: {error}");
    }
}

#[test]
fn a_table_has_an_environment_variable() {
    assert_eq!(
        manifest::environment_variable("lost-and-found"),
        "TABLE_LOST_AND_FOUND"
    );
}
