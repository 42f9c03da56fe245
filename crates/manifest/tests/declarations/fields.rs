//! Fields of a route that are wrong or missing.

use crate::sample::Sample;

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
