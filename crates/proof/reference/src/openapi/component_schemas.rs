//! The schemas of the document: types of requests and responses, and problems.

use std::collections::BTreeMap;

use function::{Kind, SchemaGenerator, Types};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The place of the schemas in the document.
pub(crate) const PLACE: &str = "/components/schemas";

/// Two types have one name.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema {0} differs between requests and responses; give one of the types another name"
)]
pub struct Ambiguous(String);

/// The schemas that operations have used so far. A type can be read and written in two forms, so
/// requests and responses have generators of their own.
pub(crate) struct Schemas {
    types: Types,
    problems: Vec<(Kind, &'static str, &'static str)>,
    read: SchemaGenerator,
    written: SchemaGenerator,
    of_problems: BTreeMap<String, Value>,
}

impl Schemas {
    pub(crate) fn new(types: Types, problems: Vec<(Kind, &'static str, &'static str)>) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.definitions_path = PLACE.into();
        });
        Self {
            types,
            problems,
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
            of_problems: BTreeMap::new(),
        }
    }

    /// Returns the names of the types of request bodies.
    pub(crate) fn body_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.types.bodies.keys().map(String::as_str)
    }

    /// Returns the names of the types of parameters.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.types.parameters.keys().map(String::as_str)
    }

    /// Returns the names of the types of response bodies.
    pub(crate) fn reply_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.types.replies.keys().map(String::as_str)
    }

    /// Returns the names of the problems.
    pub(crate) fn problem_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.problems.iter().map(|(kind, ..)| kind.name)
    }

    /// Returns the schema of a request body, or `None` for an unknown type.
    pub(crate) fn body(&mut self, name: &str) -> Option<Value> {
        let schema = self.types.bodies.get(name)?.schema;
        Some(schema(&mut self.read).to_value())
    }

    /// Returns the schema of a parameter, or `None` for an unknown type.
    pub(crate) fn parameter(&mut self, name: &str) -> Option<Value> {
        let schema = self.types.parameters.get(name)?.schema;
        Some(schema(&mut self.read).to_value())
    }

    /// Returns the schema of a response body, or `None` for an unknown type.
    pub(crate) fn reply(&mut self, name: &str) -> Option<Value> {
        let schema = self.types.replies.get(name)?.schema;
        Some(schema(&mut self.written).to_value())
    }

    /// Returns the schema of a page of a list, or `None` for an unknown type of its items.
    pub(crate) fn page(&mut self, name: &str) -> Option<Value> {
        let schema = self.types.replies.get(name)?.page;
        Some(schema(&mut self.written).to_value())
    }

    /// Returns the problem of this name.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        let mut kinds = self.problems.iter().map(|(kind, ..)| *kind);
        kinds.find(|kind| kind.name == name)
    }

    /// Returns the schema of a problem's documents.
    pub(crate) fn problem(&mut self, kind: Kind) -> Value {
        let name = problem_name(kind);
        let documentation = self.problems.iter().find(|(known, ..)| *known == kind);
        let description = documentation.map_or_else(String::new, |(_, when, remedy)| {
            let remedy = match remedy.is_empty() {
                true => String::new(),
                false => format!(" {}.", sentence(remedy)),
            };
            format!("{}.{remedy}", sentence(when))
        });
        let schema = kind.schema(&description, &mut self.written);
        self.of_problems.insert(name.clone(), schema.to_value());
        json!({ "$ref": format!("#{PLACE}/{name}") })
    }

    /// Returns every schema by its name.
    pub(crate) fn into_components(mut self) -> Result<Map<String, Value>, Ambiguous> {
        let mut all = self.read.take_definitions(true);
        let written = self.written.take_definitions(true);
        for (name, schema) in written.into_iter().chain(self.of_problems) {
            match all.get(&name) {
                Some(other) if *other != schema => return Err(Ambiguous(name)),
                _ => all.insert(name, schema),
            };
        }
        let message = json!({
            "description": "A response of API Gateway itself.",
            "type": "object",
            "properties": { "message": { "type": "string", "maxLength": 64, "examples": ["Too Many Requests"] } },
            "required": ["message"],
        });
        all.insert("Message".to_owned(), message);
        Ok(all)
    }
}

/// Returns the name of a problem's schema: `NotFoundProblem`.
pub(crate) fn problem_name(kind: Kind) -> String {
    let words = kind.name.split('-').map(sentence);
    format!("{}Problem", words.collect::<String>())
}

/// Returns the text with its first letter in upper case.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
