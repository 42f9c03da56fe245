//! Route paths: literal segments, `{variable}` and a greedy `{variable+}` at the end.

use std::fmt;

/// A route's path, valid for an HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    text: String,
    segments: Vec<Segment>,
}

/// One part of a [`Path`], between slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Literal(String),
    /// `{name}`: any one segment.
    Variable(String),
    /// `{name+}`: the rest of the path.
    Greedy(String),
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// Fails with a message if an HTTP API would refuse a route with this path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("must start with \"/\", as in \"/{text}\""));
        };
        if rest.is_empty() {
            return Ok(Self {
                text: text.to_owned(),
                segments: Vec::new(),
            });
        }
        if rest.ends_with('/') {
            return Err(format!(
                "must not end in \"/\"; write {:?}",
                text.trim_end_matches('/')
            ));
        }
        let segments = rest
            .split('/')
            .map(segment)
            .collect::<Result<Vec<_>, _>>()?;
        let last = segments.len() - 1;
        let mut names = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            match segment {
                Segment::Greedy(name) if index < last => {
                    return Err(format!(
                        "{{{name}+}} takes the rest of the path, so it must be the last segment"
                    ));
                }
                Segment::Greedy(name) | Segment::Variable(name) => {
                    if names.contains(&name) {
                        return Err(format!("names {{{name}}} twice"));
                    }
                    names.push(name);
                }
                Segment::Literal(_) => {}
            }
        }
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the segments; `/` has none.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the names of the variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Variable(name) | Segment::Greedy(name) => Some(name.as_str()),
        })
    }

    /// Returns the path without its variables' names: routes that agree in it are one route.
    pub(crate) fn shape(&self) -> String {
        let mut shape = String::new();
        for segment in &self.segments {
            shape.push('/');
            shape.push_str(match segment {
                Segment::Literal(text) => text,
                Segment::Variable(_) => "{}",
                Segment::Greedy(_) => "{+}",
            });
        }
        shape
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    if text.is_empty() {
        return Err("has an empty segment between two slashes".to_owned());
    }
    let is_name = |name: &str| {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
        !name.is_empty() && name.chars().all(is_valid)
    };
    // An HTTP API accepts it, as a literal segment, and that is never what is meant.
    if let Some(name) = text.strip_prefix(':').filter(|name| is_name(name)) {
        return Err(format!(
            "writes a variable as {text:?}; write \"{{{name}}}\""
        ));
    }
    if let Some(inside) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        let (name, greedy) = match inside.strip_suffix('+') {
            Some(name) => (name, true),
            None => (inside, false),
        };
        if !is_name(name) {
            return Err(format!(
                "the variable {text:?} needs a name of letters, digits, \".\", \"_\", \"-\" or \":\""
            ));
        }
        let name = name.to_owned();
        return Ok(if greedy {
            Segment::Greedy(name)
        } else {
            Segment::Variable(name)
        });
    }
    if text.contains(['{', '}']) {
        return Err(format!(
            "a variable takes a whole segment; {text:?} mixes it with text"
        ));
    }
    let is_literal = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c);
    if let Some(bad) = text.chars().find(|c| !is_literal(*c)) {
        return Err(format!("the segment {text:?} must not contain {bad:?}"));
    }
    Ok(Segment::Literal(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Path, Segment};

    #[test]
    fn a_path_is_literals_variables_and_a_greedy_end() {
        let path = Path::parse("/notes/{noteId}/{rest+}").unwrap();

        assert_eq!(
            path.segments(),
            [
                Segment::Literal("notes".to_owned()),
                Segment::Variable("noteId".to_owned()),
                Segment::Greedy("rest".to_owned()),
            ]
        );
        assert!(Path::parse("/").unwrap().segments().is_empty());
    }

    #[test]
    fn a_path_that_an_http_api_refuses_says_why() {
        let cases = [
            ("notes", "must start with \"/\", as in \"/notes\""),
            ("", "must start with"),
            ("/notes/", "must not end in \"/\"; write \"/notes\""),
            ("//", "must not end in"),
            ("/notes//all", "empty segment"),
            ("/{rest+}/notes", "must be the last segment"),
            ("/{id}/{id}", "names {id} twice"),
            ("/{}", "needs a name"),
            ("/{a b}", "needs a name"),
            ("/notes/:id", "writes a variable as \":id\"; write \"{id}\""),
            ("/note-{id}", "takes a whole segment"),
            ("/notes?all", "must not contain '?'"),
            ("/nötes", "must not contain 'ö'"),
        ];
        for (path, expected) in cases {
            let message = Path::parse(path).unwrap_err();
            assert!(message.contains(expected), "{path:?}: {message}");
        }
    }
}
