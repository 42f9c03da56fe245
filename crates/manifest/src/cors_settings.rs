//! CORS: which web pages may call the API. `[workspace.metadata.cors]` declares it for all routes.

use serde::Serialize;
use serde_json::Value;

use crate::{
    error::{Found, Problems},
    fields::{Fields, did_you_mean, kind},
    header_name::check_header_name,
    member::Members,
};

/// The CORS settings of an HTTP API. An empty list leaves its header out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// Exact origins (`https://pages.example`), `*`, `https://*` or `http://*`.
    pub origins: Vec<String>,
    /// Methods, or `*`.
    pub methods: Vec<String>,
    /// The request headers that a page may set, or `*`. By the Fetch standard, `*` does not include
    /// `Authorization`.
    pub headers: Vec<String>,
    /// The response headers that a page may read, or `*`.
    pub exposed_headers: Vec<String>,
    /// How long a browser may keep the response to a preflight, in seconds.
    pub max_age: Option<u32>,
    /// Whether pages may send cookies and credentials. Not with the origin `*`.
    pub credentials: bool,
}

/// The error for CORS settings that API Gateway refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCors(String);

const FIELD: &str = "workspace.metadata.cors";

/// The longest time that API Gateway accepts: a day.
const MAX_AGE: u32 = 86_400;

const METHODS: [&str; 8] = [
    "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE", "*",
];

/// API Gateway's own message.
const CREDENTIALS_FOR_EVERY_ORIGIN: &str =
    "allow-credentials is not supported if 'allow-origin' is *";

impl Cors {
    /// Reads the declaration of the workspace, if it has one.
    pub(crate) fn read(members: &Members, found: &mut Found) -> Option<Self> {
        let root_manifest = members.root_manifest();
        let mut problems = found.in_file(&root_manifest);
        let declared = members.cors.as_ref()?;
        let mut fields = Fields::open(FIELD, declared, &mut problems)?;
        fields.require(
            "origins",
            "as in [\"https://pages.example\"]",
            &mut problems,
        );
        let cors = Self {
            origins: list(&mut fields, "origins", check_origin, &mut problems),
            methods: list(&mut fields, "methods", check_method, &mut problems),
            headers: list(&mut fields, "headers", check_header_name, &mut problems),
            exposed_headers: list(
                &mut fields,
                "exposed-headers",
                check_header_name,
                &mut problems,
            ),
            max_age: fields.whole("max-age", 0, MAX_AGE, " (seconds)", &mut problems),
            credentials: fields.flag("credentials", &mut problems),
        };
        if cors.has_credentials_for_every_origin() {
            problems.add(fields.name_of("credentials"), CREDENTIALS_FOR_EVERY_ORIGIN);
        }
        fields.finish(&mut problems);
        Some(cors)
    }

    /// Returns the settings for other origins.
    ///
    /// # Errors
    /// Fails as [`check`](Self::check) does.
    pub fn with_origins(self, origins: Vec<String>) -> Result<Self, InvalidCors> {
        let cors = Self { origins, ..self };
        cors.check()?;
        Ok(cors)
    }

    /// Checks the settings as API Gateway does.
    ///
    /// # Errors
    /// Fails if a value is not valid, or if credentials are allowed for every origin.
    pub fn check(&self) -> Result<(), InvalidCors> {
        let all = |values: &[String], check: Check| values.iter().try_for_each(|v| check(v));
        all(&self.origins, check_origin)
            .and_then(|()| all(&self.methods, check_method))
            .and_then(|()| all(&self.headers, check_header_name))
            .and_then(|()| all(&self.exposed_headers, check_header_name))
            .map_err(InvalidCors)?;
        if self.has_credentials_for_every_origin() {
            return Err(InvalidCors(CREDENTIALS_FOR_EVERY_ORIGIN.to_owned()));
        }
        Ok(())
    }

    fn has_credentials_for_every_origin(&self) -> bool {
        self.credentials && self.origins.iter().any(|origin| origin == "*")
    }
}

/// Checks one value. The error is a message.
type Check = fn(&str) -> Result<(), String>;

/// Checks an origin: a scheme, a host and an optional port (RFC 6454), or a wildcard.
fn check_origin(origin: &str) -> Result<(), String> {
    let is_origin = origin.split_once("://").is_some_and(|(scheme, authority)| {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(is_scheme)
            && !host.is_empty()
            && host.chars().all(is_host)
            && port.is_none_or(|port| port.parse::<u16>().is_ok())
    });
    if is_origin || ["*", "https://*", "http://*"].contains(&origin) {
        return Ok(());
    }
    Err(format!(
        "{origin:?} is not an origin; write a scheme and a host without a path, as in \
         \"https://pages.example\", or \"*\", \"https://*\" or \"http://*\""
    ))
}

fn check_method(method: &str) -> Result<(), String> {
    if METHODS.contains(&method) {
        return Ok(());
    }
    let hint = did_you_mean(method, METHODS.into_iter());
    Err(format!("unknown method {method:?}{hint}"))
}

fn list(
    fields: &mut Fields<'_>,
    field: &'static str,
    check: Check,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let name = fields.name_of(field);
    let values = match fields.take(field) {
        None => return Vec::new(),
        Some(Value::Array(values)) => values,
        Some(other) => {
            problems.add(name, format!("must be an array, not {}", kind(other)));
            return Vec::new();
        }
    };
    let mut texts = Vec::new();
    for value in values {
        let checked = match value.as_str() {
            Some(text) => check(text).map(|()| text.to_owned()),
            None => Err(format!("must contain strings, not {}", kind(value))),
        };
        match checked {
            Ok(text) => texts.push(text),
            Err(message) => problems.add(&*name, message),
        }
    }
    texts
}
