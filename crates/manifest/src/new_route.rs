//! The names in the function of a new route.

use crate::{
    function::check_name,
    path::Segment,
    route::{Method, Route},
};

/// The names in the function of a new route.
#[derive(Debug, PartialEq, Eq)]
pub struct NewRoute {
    /// The name of the function: `<collection>-<method>`, with `list` for the GET of a collection.
    pub name: String,
    /// The name of the handler.
    pub handler: String,
    /// The variables of the path.
    pub variables: Vec<String>,
}

impl NewRoute {
    /// Derives the names from a route key such as `GET /notes`. `name` replaces the function's
    /// name.
    ///
    /// # Errors
    /// Fails with a message if the route or a name is not valid.
    pub fn parse(key: &str, name: Option<&str>) -> Result<Self, String> {
        let route = key.parse().map_err(|error| format!("{error}"))?;
        let Route::Path { method, path } = route else {
            return Err("a new route needs a method and a path".to_owned());
        };
        let variables: Vec<_> = path.variables().map(str::to_owned).collect();
        if let Some(variable) = variables.iter().find(|name| !is_identifier(name)) {
            return Err(format!(
                "invalid route {key:?}: name the variable {{{variable}}} with letters and digits, \
                 so that a field of the code can have its name"
            ));
        }
        let literals = path.segments().iter().filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text.to_ascii_lowercase()),
            Segment::Variable(_) | Segment::Greedy(_) => None,
        });
        let of_collection = matches!(path.segments().last(), Some(Segment::Literal(_)) | None);
        let handler = match method {
            Method::Get if of_collection => "list".to_owned(),
            method => method.as_str().to_ascii_lowercase(),
        };
        let derived: Vec<_> = literals.chain([handler.clone()]).collect();
        let name = name.map_or_else(|| derived.join("-"), str::to_owned);
        check_name(&name)
            .map_err(|message| format!("the name of the function {message}; give another name"))?;
        Ok(Self {
            name,
            handler,
            variables,
        })
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::NewRoute;

    #[test]
    fn a_name_is_the_collection_and_the_method() {
        for (key, name, variables) in [
            ("GET /notes", "notes-list", &[][..]),
            ("GET /notes/{noteId}", "notes-get", &["noteId"]),
            ("POST /notes", "notes-post", &[]),
            ("GET /notes/{noteId}/pages", "notes-pages-list", &["noteId"]),
            ("ANY /{rest+}", "any", &["rest"]),
        ] {
            let route = NewRoute::parse(key, None).unwrap();
            assert_eq!(route.name, name);
            assert_eq!(route.variables, variables);
        }
        let named = NewRoute::parse("GET /version", Some("version-get")).unwrap();
        assert_eq!((&*named.name, &*named.handler), ("version-get", "list"));
    }

    #[test]
    fn an_invalid_route_or_name_is_refused() {
        for (key, name, expected) in [
            (
                "FETCH /notes",
                None,
                "unknown method \"FETCH\"; known are GET,",
            ),
            ("GET notes", None, "the path must start with \"/\""),
            ("$default", None, "needs a method and a path"),
            (
                "GET /notes/{note-id}",
                None,
                "name the variable {note-id} with letters",
            ),
            (
                "GET /notes.json",
                None,
                "the name of the function is \"notes.json-list\"",
            ),
            (
                "GET /notes",
                Some("Notes"),
                "the name of the function is \"Notes\"",
            ),
        ] {
            let message = NewRoute::parse(key, name).unwrap_err();
            assert!(message.contains(expected), "{key}: {message}");
        }
    }
}
