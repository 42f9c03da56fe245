//! Route keys: which requests reach a function.

use std::{fmt, str::FromStr};

use strum::VariantNames;

use crate::{
    error::Problems,
    fields::{Fields, did_you_mean},
    path::Path,
};

/// The requests that reach a function. Its text is the route key of an HTTP API:
/// `GET /notes/{noteId}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    Path {
        method: Method,
        path: Path,
    },
    /// Every request that matches no other route.
    Default,
}

const DEFAULT: &str = "$default";

impl Route {
    /// Reads the fields `method` and `path`. Returns `None` after adding a problem.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let method = fields.text("method", problems);
        let Some(path) = fields.text("path", problems) else {
            fields.require("path", "as in \"/notes/{noteId}\"", problems);
            return None;
        };
        if path == DEFAULT {
            if method.is_some() {
                problems.add(
                    fields.name_of("method"),
                    "the $default route takes every method; leave this field out",
                );
            }
            return Some(Self::Default);
        }
        fields.require("method", "as in \"GET\"", problems);
        let path = Path::parse(path)
            .map_err(|message| problems.add(fields.name_of("path"), message))
            .ok();
        let method = Method::parse(method?)
            .map_err(|message| problems.add(fields.name_of("method"), message))
            .ok();
        Some(Self::Path {
            method: method?,
            path: path?,
        })
    }

    /// Returns the route without its variables' names: routes that agree in it are one route.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Path { method, path } => format!("{method} {}", path.shape()),
            Self::Default => DEFAULT.to_owned(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { method, path } => write!(f, "{method} {path}"),
            Self::Default => f.write_str(DEFAULT),
        }
    }
}

impl FromStr for Route {
    type Err = InvalidRoute;

    /// Parses a route key.
    fn from_str(key: &str) -> Result<Self, InvalidRoute> {
        let invalid = |reason| InvalidRoute {
            key: key.to_owned(),
            reason,
        };
        if key == DEFAULT {
            return Ok(Self::Default);
        }
        let (method, path) = key
            .split_once(' ')
            .ok_or_else(|| invalid("it must be a method and a path, or $default".to_owned()))?;
        Ok(Self::Path {
            method: Method::parse(method).map_err(invalid)?,
            path: Path::parse(path).map_err(|reason| invalid(format!("the path {reason}")))?,
        })
    }
}

/// The error for a text that is not a route key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid route {key:?}: {reason}")]
pub struct InvalidRoute {
    key: String,
    reason: String,
}

/// The methods of HTTP API routes. Their texts are those of route keys: `GET`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
    /// Every method for which the same path has no route of its own.
    Any,
}

impl Method {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses a method. The error is a message.
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            let hint = did_you_mean(text, Self::VARIANTS.iter().copied());
            format!("unknown method {text:?}{hint}")
        })
    }
}
