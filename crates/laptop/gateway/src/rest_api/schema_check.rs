//! Compares values with schemas.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
};

use serde_json::{Map, Number, Value};

use super::json_schema::{AdditionalProperties, Schema, Type, Types, name_in};

/// The most references to follow from one place of a value. A schema that refers to itself without a
/// member or an item in between would never end.
const MAX_REFERENCES: usize = 50;

/// The first place where a value is not as its schema says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{keyword:?} does not hold at \"{pointer}\"")]
pub(super) struct Mismatch {
    /// A JSON Pointer.
    pointer: String,
    keyword: &'static str,
}

/// Compares a value with a schema.
///
/// # Errors
///
/// Fails with the first mismatch.
pub(super) fn check(schema: &Schema, value: &Value) -> Result<(), Mismatch> {
    let context = Context {
        definitions: &schema.definitions,
        references: 0,
    };
    context.check(schema, value)
}

#[derive(Clone, Copy)]
struct Context<'s> {
    definitions: &'s BTreeMap<String, Schema>,
    /// The references that were followed at this place of the value.
    references: usize,
}

impl Context<'_> {
    fn check(self, schema: &Schema, value: &Value) -> Result<(), Mismatch> {
        if let Some(target) = &schema.reference {
            let definition = name_in(target).and_then(|name| self.definitions.get(name));
            let (Some(definition), true) = (definition, self.references < MAX_REFERENCES) else {
                return Err(mismatch("$ref"));
            };
            let next = Context {
                references: self.references + 1,
                ..self
            };
            return next.check(definition, value);
        }
        expect(is_of(schema.types.as_ref(), value), "type")?;
        let values = schema.values.as_ref();
        expect(values.is_none_or(|values| values.contains(value)), "enum")?;
        match value {
            Value::Number(number) => check_number(schema, number)?,
            Value::String(text) => check_text(schema, text)?,
            Value::Array(items) => self.check_items(schema, items)?,
            Value::Object(members) => self.check_members(schema, members)?,
            Value::Null | Value::Bool(_) => {}
        }
        self.check_combinations(schema, value)
    }

    fn check_items(self, schema: &Schema, items: &[Value]) -> Result<(), Mismatch> {
        check_count(
            items.len(),
            schema.min_items,
            schema.max_items,
            ["minItems", "maxItems"],
        )?;
        let mut seen = HashSet::new();
        let is_unique = !schema.unique_items || items.iter().all(|item| seen.insert(item));
        expect(is_unique, "uniqueItems")?;
        let Some(of_items) = &schema.items else {
            return Ok(());
        };
        for (at, item) in items.iter().enumerate() {
            self.inner()
                .check(of_items, item)
                .map_err(|mismatch| mismatch.below(&at.to_string()))?;
        }
        Ok(())
    }

    fn check_members(self, schema: &Schema, members: &Map<String, Value>) -> Result<(), Mismatch> {
        let bounds = (schema.min_properties, schema.max_properties);
        let keywords = ["minProperties", "maxProperties"];
        check_count(members.len(), bounds.0, bounds.1, keywords)?;
        let mut required = schema.required.iter();
        expect(required.all(|name| members.contains_key(name)), "required")?;
        let inner = self.inner();
        for (name, member) in members {
            let checked = match (schema.properties.get(name), &schema.additional_properties) {
                (Some(property), _) => inner.check(property, member),
                (None, Some(AdditionalProperties::Schema(other))) => inner.check(other, member),
                (None, Some(AdditionalProperties::Allowed(false))) => {
                    Err(mismatch("additionalProperties"))
                }
                (None, _) => Ok(()),
            };
            checked.map_err(|mismatch| mismatch.below(name))?;
        }
        Ok(())
    }

    /// Returns the context of a member or an item.
    fn inner(self) -> Self {
        Context {
            references: 0,
            ..self
        }
    }

    fn check_combinations(self, schema: &Schema, value: &Value) -> Result<(), Mismatch> {
        for other in &schema.all_of {
            self.check(other, value)?;
        }
        let accepts = |other: &&Schema| self.check(other, value).is_ok();
        if let Some(alternatives) = &schema.any_of {
            expect(alternatives.iter().any(|other| accepts(&other)), "anyOf")?;
        }
        if let Some(alternatives) = &schema.one_of {
            expect(alternatives.iter().filter(accepts).count() == 1, "oneOf")?;
        }
        let not = schema.not.as_deref();
        expect(!not.is_some_and(|other| accepts(&other)), "not")
    }
}

fn is_of(types: Option<&Types>, value: &Value) -> bool {
    match types {
        None => true,
        Some(Types::One(own)) => is_of_type(*own, value),
        Some(Types::Several(several)) => several.iter().any(|own| is_of_type(*own, value)),
    }
}

fn is_of_type(own: Type, value: &Value) -> bool {
    match own {
        Type::Array => value.is_array(),
        Type::Boolean => value.is_boolean(),
        // `1.0` is not an integer in draft 4.
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Null => value.is_null(),
        Type::Number => value.is_number(),
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
    }
}

impl Mismatch {
    /// Returns the mismatch of a value from that of its member or item `name`.
    fn below(self, name: &str) -> Mismatch {
        let name = name.replace('~', "~0").replace('/', "~1");
        Mismatch {
            pointer: format!("/{name}{}", self.pointer),
            ..self
        }
    }
}

fn mismatch(keyword: &'static str) -> Mismatch {
    Mismatch {
        pointer: String::new(),
        keyword,
    }
}

fn expect(holds: bool, keyword: &'static str) -> Result<(), Mismatch> {
    if holds {
        Ok(())
    } else {
        Err(mismatch(keyword))
    }
}

fn check_number(schema: &Schema, number: &Number) -> Result<(), Mismatch> {
    let holds = |bound: &Option<Number>, expected: Ordering, is_exclusive: bool| {
        bound.as_ref().is_none_or(|bound| {
            let order = compare(number, bound);
            order == expected || (order == Ordering::Equal && !is_exclusive)
        })
    };
    let exceeds = holds(&schema.minimum, Ordering::Greater, schema.exclusive_minimum);
    expect(exceeds, "minimum")?;
    let is_below = holds(&schema.maximum, Ordering::Less, schema.exclusive_maximum);
    expect(is_below, "maximum")
}

/// Compares two numbers, integers exactly.
fn compare(a: &Number, b: &Number) -> Ordering {
    let approximate = |number: &Number| number.as_f64().unwrap_or_default();
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        // Numbers in JSON are not NaN.
        _ => approximate(a)
            .partial_cmp(&approximate(b))
            .unwrap_or(Ordering::Equal),
    }
}

/// The length of a text is that in characters.
fn check_text(schema: &Schema, text: &str) -> Result<(), Mismatch> {
    let length = text.chars().count();
    check_count(
        length,
        schema.min_length,
        schema.max_length,
        ["minLength", "maxLength"],
    )?;
    let pattern = schema.pattern.as_ref();
    expect(
        pattern.is_none_or(|pattern| pattern.is_match(text)),
        "pattern",
    )
}

fn check_count(
    count: usize,
    least: Option<usize>,
    most: Option<usize>,
    [minimum, maximum]: [&'static str; 2],
) -> Result<(), Mismatch> {
    expect(least.is_none_or(|least| count >= least), minimum)?;
    expect(most.is_none_or(|most| count <= most), maximum)
}
