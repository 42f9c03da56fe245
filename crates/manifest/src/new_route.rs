//! The name of a new route's function.

use crate::path::{Path, Segment};
use crate::route::Method;

/// What a function of a new route is called, and what its handler is.
#[derive(Debug, PartialEq, Eq)]
pub struct NewRoute {
    /// `<collection>-<method>`, and `list` for the GET of a collection.
    pub name: String,
    /// The name of the handler: the last word of the name.
    pub handler: String,
    /// The variables of the path.
    pub variables: Vec<String>,
}

impl NewRoute {
    /// Derives the name from a method and a path.
    ///
    /// # Errors
    /// Says what is wrong with the method or the path.
    pub fn of(method: &str, path: &str) -> Result<Self, String> {
        let known = Method::parse(method)
            .ok_or_else(|| format!("Invalid method {method:?}: use {}.", Method::names()))?;
        let path =
            Path::parse(path).map_err(|error| format!("Invalid path {path:?}: it {error}."))?;
        let (mut words, mut variables) = (Vec::new(), Vec::new());
        for segment in path.segments() {
            match segment {
                Segment::Literal(text) => words.push(text.to_ascii_lowercase()),
                Segment::Variable(name) | Segment::Greedy(name) => variables.push(name.clone()),
            }
        }
        let of_item = matches!(
            path.segments().last(),
            Some(Segment::Variable(_) | Segment::Greedy(_))
        );
        let handler = match known {
            Method::Get if !of_item => "list".to_owned(),
            other => other.as_str().to_ascii_lowercase(),
        };
        words.push(handler.clone());
        Ok(Self {
            name: words.join("-"),
            handler,
            variables,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::NewRoute;

    #[test]
    fn a_name_is_the_collection_and_the_method() {
        for (method, path, name, variables) in [
            ("GET", "/notes", "notes-list", &[][..]),
            ("GET", "/notes/{noteId}", "notes-get", &["noteId"]),
            ("POST", "/notes", "notes-post", &[]),
            (
                "GET",
                "/notes/{noteId}/pages",
                "notes-pages-list",
                &["noteId"],
            ),
            ("ANY", "/{rest+}", "any", &["rest"]),
        ] {
            let route = NewRoute::of(method, path).unwrap();
            assert_eq!(route.name, name);
            assert_eq!(route.variables, variables);
        }
    }

    #[test]
    fn an_invalid_method_or_path_is_refused() {
        let method = NewRoute::of("FETCH", "/notes").unwrap_err();
        let path = NewRoute::of("GET", "notes").unwrap_err();

        assert!(
            method.starts_with("Invalid method \"FETCH\": use GET, POST,"),
            "{method}"
        );
        assert!(
            path.starts_with("Invalid path \"notes\": it must start with"),
            "{path}"
        );
    }
}
