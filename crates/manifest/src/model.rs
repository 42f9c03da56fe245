//! Models of request bodies. A REST API takes JSON Schema of draft 4; the schemas of `openapi.json` are
//! of draft 2020-12.
//!
//! A model accepts each body that its schema accepts, and maybe others: the function checks every
//! request. What draft 4 says otherwise is rewritten. What it cannot say is left out:
//!
//! - annotations, with `format` among them, because API Gateway ignores them or may give them another
//!   meaning;
//! - keywords that draft 4 does not have, such as `if`, `contains`, `prefixItems` and
//!   `unevaluatedProperties`;
//! - `multipleOf` and `patternProperties`, which the front door on the laptop does not have;
//! - keywords beside a `$ref`, which draft 4 ignores;
//! - patterns that are not written alike for API Gateway and for Rust, see [`is_portable`].
//!
//! Without a keyword, `not` and `oneOf` would accept less than before. Then `not` is left out too, and
//! `oneOf` becomes `anyOf`. In one place a model is stricter: for draft 4, `1.0` is not an integer. It is
//! none for serde either.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
pub(crate) const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/definitions/";

/// Keywords that do not change what is valid.
const ANNOTATIONS: [&str; 16] = [
    "$comment",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "format",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Returns the model of the component `name`, one of `components`. The error is a message.
pub(crate) fn model_of(name: &str, components: &Map<String, Value>) -> Result<Value, String> {
    // Each REST API begins with these two models.
    if ["Empty", "Error"].contains(&name) {
        return Err(format!(
            "{COMPONENTS}{name}: API Gateway has a model of this name already; rename the schema"
        ));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(format!(
            "{COMPONENTS}{name}: the name of a model has letters and digits only"
        ));
    }
    let mut conversion = Conversion {
        components,
        definitions: BTreeMap::new(),
    };
    conversion.define(name, COMPONENTS)?;
    let definitions: Map<String, Value> = conversion
        .definitions
        .into_iter()
        .map(|(name, definition)| (name, definition.schema.into()))
        .collect();
    Ok(json!({
        "$schema": DRAFT_4,
        "title": name,
        "allOf": [{ "$ref": format!("{DEFINITIONS}{name}") }],
        "definitions": definitions,
    }))
}

/// A schema of draft 4, or a part of one.
#[derive(Debug, Default)]
struct Converted {
    schema: Map<String, Value>,
    /// Whether it accepts the same as the original, and not more.
    is_exact: bool,
}

impl Converted {
    fn exact(keyword: &str, value: impl Into<Value>) -> Self {
        Self {
            schema: Map::from_iter([(keyword.to_owned(), value.into())]),
            is_exact: true,
        }
    }

    /// Accepts everything, as the original does.
    fn anything() -> Self {
        Self {
            schema: Map::new(),
            is_exact: true,
        }
    }

    fn left_out() -> Self {
        Self::default()
    }
}

struct Conversion<'c> {
    components: &'c Map<String, Value>,
    /// The components so far, by name. One that is being converted is not known to be exact.
    definitions: BTreeMap<String, Converted>,
}

impl Conversion<'_> {
    /// Converts a component, unless it has been converted. Returns whether it is exact. `place` is where
    /// it is referred to.
    fn define(&mut self, name: &str, place: &str) -> Result<bool, String> {
        if let Some(known) = self.definitions.get(name) {
            return Ok(known.is_exact);
        }
        let schema = self
            .components
            .get(name)
            .ok_or_else(|| format!("{place}: there is no schema {name} among the components"))?;
        self.definitions
            .insert(name.to_owned(), Converted::left_out());
        let converted = self.convert(schema, &format!("{COMPONENTS}{name}"))?;
        let is_exact = converted.is_exact;
        self.definitions.insert(name.to_owned(), converted);
        Ok(is_exact)
    }

    fn convert(&mut self, schema: &Value, place: &str) -> Result<Converted, String> {
        let keywords = match schema {
            Value::Bool(true) => return Ok(Converted::anything()),
            Value::Bool(false) => return Ok(Converted::exact("not", json!({}))),
            Value::Object(keywords) => keywords,
            _ => return Err(format!("{place}: {schema} is not a schema")),
        };
        if let Some(target) = keywords.get("$ref") {
            return self.reference(target, keywords, place);
        }
        let mut converted = Converted::anything();
        for (keyword, value) in keywords {
            let place = format!("{place}/{keyword}");
            let part = self.keyword(keyword, value, keywords, &place)?;
            converted.schema.extend(part.schema);
            converted.is_exact &= part.is_exact;
        }
        Ok(converted)
    }

    fn reference(
        &mut self,
        target: &Value,
        keywords: &Map<String, Value>,
        place: &str,
    ) -> Result<Converted, String> {
        let name = target.as_str().and_then(|to| to.strip_prefix(COMPONENTS));
        let Some(name) = name else {
            return Err(format!(
                "{place}: the reference {target} does not begin with \"{COMPONENTS}\""
            ));
        };
        let mut others = keywords.keys().filter(|keyword| *keyword != "$ref");
        let is_alone = others.all(|keyword| is_annotation(keyword));
        let is_exact = self.define(name, place)? && is_alone;
        Ok(Converted {
            is_exact,
            ..Converted::exact("$ref", format!("{DEFINITIONS}{name}"))
        })
    }

    /// Converts one of the `keywords` of a schema.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &Value,
        keywords: &Map<String, Value>,
        place: &str,
    ) -> Result<Converted, String> {
        let has = |other: &str| keywords.contains_key(other);
        if let Some((expected, is_valid)) = shape(keyword)
            && !is_valid(value)
        {
            return Err(format!("{place}: {value} is not {expected}"));
        }
        Ok(match keyword {
            "pattern" if !value.as_str().is_some_and(is_portable) => Converted::left_out(),
            "required" if value == &json!([]) => Converted::anything(),
            "const" if has("enum") => Converted::left_out(),
            "const" => Converted::exact("enum", json!([value])),
            "exclusiveMinimum" | "exclusiveMaximum" => {
                let bound = keyword.replace("exclusiveM", "m");
                if has(&bound) {
                    return Ok(Converted::left_out());
                }
                let mut part = Converted::exact(keyword, true);
                part.schema.insert(bound, value.clone());
                part
            }
            "properties" => self.properties(value, place)?,
            "additionalProperties" if has("patternProperties") => Converted::left_out(),
            "additionalProperties" if value.is_boolean() => {
                Converted::exact(keyword, value.clone())
            }
            "items" if has("prefixItems") => Converted::left_out(),
            "additionalProperties" | "items" => {
                let inner = self.convert(value, place)?;
                Converted {
                    is_exact: inner.is_exact,
                    ..Converted::exact(keyword, inner.schema)
                }
            }
            "not" => {
                let inner = self.convert(value, place)?;
                match inner.is_exact {
                    true => Converted::exact(keyword, inner.schema),
                    false => Converted::left_out(),
                }
            }
            "allOf" | "anyOf" => self.alternatives(keyword, value, place)?,
            "oneOf" => match self.alternatives(keyword, value, place)? {
                exact if exact.is_exact => exact,
                _ if has("anyOf") => Converted::left_out(),
                _ => self.alternatives("anyOf", value, place)?,
            },
            _ if shape(keyword).is_some() => Converted::exact(keyword, value.clone()),
            _ if is_annotation(keyword) => Converted::anything(),
            _ => Converted::left_out(),
        })
    }

    fn properties(&mut self, value: &Value, place: &str) -> Result<Converted, String> {
        let mut is_exact = true;
        let mut properties = Map::new();
        for (name, schema) in value.as_object().into_iter().flatten() {
            let property = self.convert(schema, &format!("{place}/{name}"))?;
            is_exact &= property.is_exact;
            properties.insert(name.clone(), property.schema.into());
        }
        Ok(Converted {
            is_exact,
            ..Converted::exact("properties", properties)
        })
    }

    fn alternatives(
        &mut self,
        keyword: &str,
        value: &Value,
        place: &str,
    ) -> Result<Converted, String> {
        let mut is_exact = true;
        let mut schemas = Vec::new();
        for (at, schema) in value.as_array().into_iter().flatten().enumerate() {
            let alternative = self.convert(schema, &format!("{place}/{at}"))?;
            is_exact &= alternative.is_exact;
            schemas.push(Value::Object(alternative.schema));
        }
        Ok(Converted {
            is_exact,
            ..Converted::exact(keyword, schemas)
        })
    }
}

/// What the value of a keyword must be.
type Shape = (&'static str, fn(&Value) -> bool);

/// Returns what the value of a keyword must be, for the keywords that models have too.
fn shape(keyword: &str) -> Option<Shape> {
    Some(match keyword {
        "type" => ("a type of JSON, or several", is_type),
        "enum" | "allOf" | "anyOf" | "oneOf" => ("a list of at least one", is_filled_list),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
            ("a number", Value::is_number)
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            ("a whole number", Value::is_u64)
        }
        "uniqueItems" => ("true or false", Value::is_boolean),
        "pattern" => ("a regular expression", Value::is_string),
        "required" => ("a list of names", is_list_of_names),
        "properties" => ("an object", Value::is_object),
        _ => return None,
    })
}

fn is_type(value: &Value) -> bool {
    const TYPES: [&str; 7] = [
        "array", "boolean", "integer", "null", "number", "object", "string",
    ];
    let is_one = |value: &Value| value.as_str().is_some_and(|text| TYPES.contains(&text));
    match value {
        Value::Array(several) => !several.is_empty() && several.iter().all(is_one),
        one => is_one(one),
    }
}

fn is_filled_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty())
}

fn is_list_of_names(value: &Value) -> bool {
    let list = value.as_array();
    list.is_some_and(|list| list.iter().all(Value::is_string))
}

fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword) || keyword.starts_with("x-")
}

/// Whether a pattern means the same to API Gateway, which reads it as JavaScript does, and to Rust on
/// the laptop. Groups such as `(?=…)` are those of one language, or have no counterpart.
fn is_portable(pattern: &str) -> bool {
    const OF_ONE_LANGUAGE: [&str; 8] = [r"\A", r"\z", r"\u{", r"\x{", r"\p", r"\P", "[[", "&&"];
    let groups = pattern.matches("(?").count() - pattern.matches("(?:").count();
    groups == 0
        && !OF_ONE_LANGUAGE.iter().any(|part| pattern.contains(part))
        && Regex::new(pattern).is_ok()
}
