//! Route keys: `GET /pets/{id}`, `ANY /files/{path+}`, `$default`.

use http::Method;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The key of a route, checked. Read one with [`str::parse`]; it displays as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteKey {
    text: String,
    pub(crate) pattern: Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Default,
    Path {
        /// `None` for `ANY`.
        method: Option<Method>,
        segments: Vec<Segment>,
    },
}

/// Ordered as API Gateway prefers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    Variable(String),
    /// Only ever the last.
    Greedy(String),
}

/// The text is not a route key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouteKeyError {
    /// Neither `$default` nor a method and a path.
    #[error("route key {0:?} is neither \"$default\" nor \"METHOD /path\"")]
    Shape(String),
    /// A method that HTTP APIs don't route.
    #[error(
        "route key {key:?}: {method:?} is not one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, ANY"
    )]
    Method {
        /// The whole key.
        key: String,
        /// The method in it.
        method: String,
    },
    /// The path does not begin with a slash.
    #[error("route key {0:?}: the path does not begin with /")]
    Start(String),
    /// The path ends in a slash (fact 1.15).
    #[error("route key {0:?}: the path ends in /")]
    TrailingSlash(String),
    /// An empty segment.
    #[error("route key {0:?}: the path has an empty segment")]
    EmptySegment(String),
    /// Braces that are not a whole segment, or no name inside.
    #[error("route key {key:?}: {segment:?} is neither a literal nor {{name}} nor {{name+}}")]
    Segment {
        /// The whole key.
        key: String,
        /// The segment.
        segment: String,
    },
    /// A greedy variable that is not last (fact 1.8).
    #[error("route key {key:?}: {{{name}+}} is not the last segment")]
    GreedyNotLast {
        /// The whole key.
        key: String,
        /// The variable.
        name: String,
    },
    /// Two variables of one name.
    #[error("route key {key:?} has two variables {name:?}")]
    RepeatedVariable {
        /// The whole key.
        key: String,
        /// The variable.
        name: String,
    },
}

impl RouteKey {
    /// The key as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of the key, or `$default`.
    pub(crate) fn resource(&self) -> &str {
        self.text
            .split_once(' ')
            .map_or(self.text.as_str(), |(_, path)| path)
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for RouteKey {
    type Err = RouteKeyError;

    fn from_str(key: &str) -> Result<RouteKey, RouteKeyError> {
        if key == "$default" {
            return Ok(RouteKey {
                text: key.to_owned(),
                pattern: Pattern::Default,
            });
        }
        let (method, path) = key
            .split_once(' ')
            .ok_or_else(|| RouteKeyError::Shape(key.to_owned()))?;
        let method = match method {
            "ANY" => None,
            "GET" => Some(Method::GET),
            "POST" => Some(Method::POST),
            "PUT" => Some(Method::PUT),
            "PATCH" => Some(Method::PATCH),
            "DELETE" => Some(Method::DELETE),
            "HEAD" => Some(Method::HEAD),
            "OPTIONS" => Some(Method::OPTIONS),
            other => {
                return Err(RouteKeyError::Method {
                    key: key.to_owned(),
                    method: other.to_owned(),
                });
            }
        };
        Ok(RouteKey {
            text: key.to_owned(),
            pattern: Pattern::Path {
                method,
                segments: segments(key, path)?,
            },
        })
    }
}

fn segments(key: &str, path: &str) -> Result<Vec<Segment>, RouteKeyError> {
    let inner = path
        .strip_prefix('/')
        .ok_or_else(|| RouteKeyError::Start(key.to_owned()))?;
    if inner.is_empty() {
        // The root is one empty segment, as `/` is when a request's path is split.
        return Ok(vec![Segment::Literal(String::new())]);
    }
    if inner.ends_with('/') {
        return Err(RouteKeyError::TrailingSlash(key.to_owned()));
    }
    let mut segments: Vec<Segment> = Vec::new();
    for text in inner.split('/') {
        if let Some(Segment::Greedy(name)) = segments.last() {
            return Err(RouteKeyError::GreedyNotLast {
                key: key.to_owned(),
                name: name.clone(),
            });
        }
        let segment = segment(key, text)?;
        if let Some(name) = segment.variable()
            && segments
                .iter()
                .any(|earlier| earlier.variable() == Some(name))
        {
            return Err(RouteKeyError::RepeatedVariable {
                key: key.to_owned(),
                name: name.to_owned(),
            });
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn segment(key: &str, text: &str) -> Result<Segment, RouteKeyError> {
    if text.is_empty() {
        return Err(RouteKeyError::EmptySegment(key.to_owned()));
    }
    let bad = || RouteKeyError::Segment {
        key: key.to_owned(),
        segment: text.to_owned(),
    };
    let Some(inner) = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    else {
        if text.contains(['{', '}']) {
            return Err(bad());
        }
        return Ok(Segment::Literal(text.to_owned()));
    };
    let (name, greedy) = match inner.strip_suffix('+') {
        Some(name) => (name, true),
        None => (inner, false),
    };
    if name.is_empty() || name.contains(['{', '}', '+']) {
        return Err(bad());
    }
    Ok(if greedy {
        Segment::Greedy(name.to_owned())
    } else {
        Segment::Variable(name.to_owned())
    })
}

impl Segment {
    fn variable(&self) -> Option<&str> {
        match self {
            Segment::Literal(_) => None,
            Segment::Variable(name) | Segment::Greedy(name) => Some(name),
        }
    }
}
