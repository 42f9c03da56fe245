//! CORS settings.

use manifest::Cors;

use crate::sample::Sample;

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
