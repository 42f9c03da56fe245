//! What an HTTP route takes and answers, for the document of the API.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::Problems,
    fields::{Fields, did_you_mean, kind},
};

/// What a route takes and answers: `[package.metadata.route.operation]`. The names of types and
/// problems are those of the service; this crate does not know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub body: Option<Body>,
    /// The types of the query parameters, all of them optional.
    pub query: BTreeMap<String, String>,
    /// Whether the route takes `If-Match`.
    pub if_match: bool,
    pub answer: Answer,
    /// The problems that do not follow from the other fields.
    pub problems: Vec<String>,
}

/// The body of a request, with the name of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Json(String),
    MergePatch(String),
}

/// The response to a successful request, with the name of its body's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200 and a body.
    Ok(String),
    /// 200, an entity and its `ETag`. A GET takes `If-None-Match`.
    Item(String),
    /// 201, an entity, its `ETag` and its `Location`. The route takes `Idempotency-Key`.
    Created(String),
    /// 200, an entity and its `ETag`. The route takes `Idempotency-Key`.
    Changed(String),
    /// 200 and a page of entities. The route takes `limit` and `cursor`.
    Page(String),
    /// 204.
    NoContent,
}

const ANSWERS: [&str; 5] = ["ok", "item", "created", "changed", "page"];
const ANSWER_FORMS: &str =
    "{ item = \"Type\" }, with ok, item, created, changed or page, or \"no-content\"";

impl Operation {
    /// Reads the field `operation`, if it is there.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let value = fields.take("operation")?;
        let mut fields = Fields::open(fields.name_of("operation"), value, problems)?;
        let json = type_name(&mut fields, "body", problems).map(Body::Json);
        let patch = type_name(&mut fields, "merge-patch", problems).map(Body::MergePatch);
        if json.is_some() && patch.is_some() {
            problems.add(
                fields.name_of("merge-patch"),
                "a route takes either body or merge-patch; leave one out",
            );
        }
        let query = read_query(&mut fields, problems);
        let if_match = match fields.take("if-match") {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(other) => {
                let message = format!("must be true or false, not {}", kind(other));
                problems.add(fields.name_of("if-match"), message);
                false
            }
        };
        let answer = Answer::read(&mut fields, problems);
        let names = read_problems(&mut fields, problems);
        fields.finish(problems);
        Some(Self {
            body: json.or(patch),
            query,
            if_match,
            answer: answer?,
            problems: names,
        })
    }
}

impl Answer {
    fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let name = fields.name_of("answer");
        match fields.take("answer") {
            None => problems.add(name, format!("is missing; write {ANSWER_FORMS}")),
            Some(Value::String(text)) if text == "no-content" => return Some(Self::NoContent),
            Some(Value::Object(table)) if table.len() == 1 => {
                return Self::of_table(&name, table, problems);
            }
            Some(_) => problems.add(name, format!("must be {ANSWER_FORMS}")),
        }
        None
    }

    fn of_table(
        name: &str,
        table: &serde_json::Map<String, Value>,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let (answer, value) = table.iter().next()?;
        let name = format!("{name}.{answer}");
        let make = match answer.as_str() {
            "ok" => Self::Ok,
            "item" => Self::Item,
            "created" => Self::Created,
            "changed" => Self::Changed,
            "page" => Self::Page,
            other => {
                let hint = did_you_mean(other, ANSWERS.into_iter());
                problems.add(name, format!("unknown answer{hint}"));
                return None;
            }
        };
        check_type_name(value, name, problems).map(make)
    }

    /// Returns the name of the body's type.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::Ok(body)
            | Self::Item(body)
            | Self::Created(body)
            | Self::Changed(body)
            | Self::Page(body) => Some(body),
            Self::NoContent => None,
        }
    }
}

impl Body {
    /// Returns the name of the body's type.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Json(name) | Self::MergePatch(name) => name,
        }
    }
}

fn read_query(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> BTreeMap<String, String> {
    let name = fields.name_of("query");
    match fields.take("query") {
        None => BTreeMap::new(),
        Some(Value::Object(table)) => table
            .iter()
            .filter_map(|(parameter, value)| {
                let field = format!("{name}.{parameter}");
                Some((parameter.clone(), check_type_name(value, field, problems)?))
            })
            .collect(),
        Some(other) => {
            let message = format!(
                "must be a table of parameters and their types, not {}",
                kind(other)
            );
            problems.add(name, message);
            BTreeMap::new()
        }
    }
}

fn read_problems(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    let name = fields.name_of("problems");
    let Some(value) = fields.take("problems") else {
        return Vec::new();
    };
    let names: Option<Vec<String>> = value.as_array().and_then(|names| {
        let texts = names.iter().map(|name| name.as_str().map(str::to_owned));
        texts.collect()
    });
    names.unwrap_or_else(|| {
        problems.add(name, "must be a list of the names of problems");
        Vec::new()
    })
}

fn type_name(
    fields: &mut Fields<'_>,
    field: &'static str,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let value = fields.take(field)?;
    check_type_name(value, fields.name_of(field), problems)
}

fn check_type_name(value: &Value, field: String, problems: &mut Problems<'_>) -> Option<String> {
    let is_type_name = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let name = value.as_str().filter(is_type_name);
    if name.is_none() {
        let message = format!("must be the name of a type, as in \"NewNote\", not {value}");
        problems.add(field, message);
    }
    name.map(str::to_owned)
}
