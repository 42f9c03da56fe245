//! The JSON paths that parameter mapping accepts: names and indexes.

use serde_json::Value;

/// A path to one value inside a JSON document: `.user.names[0]` or `['user']`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl JsonPath {
    /// Parses what follows the document in a mapping value; nothing is the whole document. The error
    /// is a message.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains("..") {
            return Err("recursive descent (\"..\") is not supported by API Gateway".to_owned());
        }
        if text.contains("?(") {
            return Err(
                "filter expressions (\"?(…)\") are not supported by API Gateway".to_owned(),
            );
        }
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, after) = next_step(rest).ok_or_else(|| {
                format!("{rest:?} is not a JSON path; write .name, ['name'] or [0]")
            })?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }

    /// Whether this is the path of the whole document.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value at this path in `document`.
    #[must_use]
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(document, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

/// Parses the first step of a path, and returns what follows it.
fn next_step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let is_name = |c: char| c.is_alphanumeric() || "_-$@".contains(c);
        return (!name.is_empty() && name.chars().all(is_name))
            .then(|| (Step::Name(name.to_owned()), after));
    }
    let rest = text.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = rest.strip_prefix(quote) {
            let (name, after) = quoted.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), after.strip_prefix(']')?));
        }
    }
    let (index, after) = rest.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::JsonPath;

    #[test]
    fn a_path_is_names_and_indexes() {
        let document = json!({ "a": { "b c": [1, { "d": "found" }] } });

        for (path, expected) in [
            (".a['b c'][1].d", Some(json!("found"))),
            (".a[\"b c\"][0]", Some(json!(1))),
            ("", Some(document.clone())),
            (".a.b", None),
            (".a[0]", None),
        ] {
            let found = JsonPath::parse(path).unwrap().find(&document).cloned();
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn other_paths_are_refused() {
        for (path, expected) in [
            ("..a", "recursive descent"),
            ("[?(@.a)]", "filter expressions"),
            (".", "is not a JSON path"),
            (".*", "is not a JSON path"),
            ("[-1]", "is not a JSON path"),
            ("['a", "is not a JSON path"),
            ("a", "is not a JSON path"),
        ] {
            let message = JsonPath::parse(path).unwrap_err();
            assert!(message.contains(expected), "{path}: {message}");
        }
    }
}
