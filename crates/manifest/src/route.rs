//! Which requests a function answers.

use crate::error::Problems;
use crate::fields::{Fields, did_you_mean};
use crate::path::Path;
use std::fmt;

/// The requests that reach a function. Its text is the route key of an HTTP API:
/// `GET /notes/{noteId}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// A method and a path.
    Path {
        /// The method, or any.
        method: Method,
        /// The path.
        path: Path,
    },
    /// Whatever no other route takes.
    Default,
}

impl Route {
    /// Reads `method` and `path`.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let method_given = fields.text("method", problems);
        let Some(path) = fields.text("path", problems) else {
            fields.require("path", "as in \"/notes/{noteId}\"", problems);
            return None;
        };
        if path == "$default" {
            if method_given.is_some() {
                problems.add(
                    fields.name_of("method"),
                    "the $default route takes every method; leave this field out",
                );
            }
            return Some(Self::Default);
        }
        let path = Path::parse(path)
            .map_err(|message| problems.add(fields.name_of("path"), message))
            .ok();
        let Some(method) = method_given else {
            fields.require("method", "as in \"GET\"", problems);
            return None;
        };
        let Some(method) = Method::parse(method) else {
            let hint = did_you_mean(method, Method::ALL.iter().map(|m| m.as_str()));
            problems.add(
                fields.name_of("method"),
                format!("unknown method {method:?}{hint}"),
            );
            return None;
        };
        Some(Self::Path {
            method,
            path: path?,
        })
    }

    /// What makes two routes the same route: variable names do not count.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Path { method, path } => format!("{method} {}", path.shape()),
            Self::Default => "$default".to_owned(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { method, path } => write!(f, "{method} {path}"),
            Self::Default => f.write_str("$default"),
        }
    }
}

/// The methods an HTTP API routes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    const ALL: [Self; 8] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Head,
        Self::Options,
        Self::Any,
    ];

    /// The method as route keys spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Any => "ANY",
        }
    }

    pub(crate) fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
