//! Each bound of each schema is tested from both sides, as the document has it, so that a new field is
//! tested as well.

use function::{Request, Types};
use serde_json::{Map, Value, json};

use crate::{document, resolve, validator};

/// Characters that readers and patterns may treat differently.
const CHARACTERS: [char; 24] = [
    'a', 'Z', '0', '-', '.', '_', ' ', '\t', '\n', '\r', '\0', '\u{7f}', '\u{85}', '\u{a0}', 'é',
    '\u{2003}', '\u{2028}', '\u{3000}', '世', '/', '?', '#', '%', '\\',
];

/// What a reader must do with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Accepted,
    Refused,
    /// What the schema says.
    AsTheSchema,
}

/// The values at and beyond each bound of a schema.
fn values_at_bounds(schema: &Value, document: &Value) -> Vec<(Expected, Value)> {
    use Expected::{Accepted, AsTheSchema, Refused};
    let schema = resolve(schema, document);
    let mut values = Vec::new();
    for example in schema["examples"].as_array().into_iter().flatten() {
        values.push((Accepted, example.clone()));
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        values.push((Accepted, value.clone()));
        let other = format!("{}x", value.as_str().unwrap_or_default());
        values.push((Refused, other.into()));
    }
    if let Some(least) = schema["minimum"].as_i64() {
        values.extend([(Accepted, least.into()), (Refused, (least - 1).into())]);
    }
    if let Some(most) = schema["maximum"].as_i64() {
        values.extend([(Accepted, most.into()), (Refused, (most + 1).into())]);
        values.push((Refused, json!(0.5)));
    }
    if let Some(excluded) = schema["not"].get("const") {
        values.push((Refused, excluded.clone()));
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        let example = schema["examples"][0].as_str().unwrap_or_default();
        let is_variable = schema["minLength"] != schema["maxLength"];
        if is_variable {
            let most = usize::try_from(most).unwrap();
            values.push((Accepted, text_of(example, most).into()));
            values.push((Refused, text_of(example, most + 1).into()));
        }
        values.push((Refused, "".into()));
        for character in CHARACTERS {
            for text in [
                character.to_string(),
                format!("{character}{example}"),
                format!("{example}{character}"),
                format!("{example}{character}{example}"),
            ] {
                values.push((AsTheSchema, text.into()));
            }
        }
        values.push((AsTheSchema, example.to_uppercase().into()));
        values.push((AsTheSchema, "..".into()));
    }
    for other in [json!(true), json!([]), json!({})] {
        values.push((AsTheSchema, other));
    }
    values
}

/// A text of so many characters that begins and ends as `example`. Dots at each fiftieth character keep
/// the labels of a domain short.
fn text_of(example: &str, length: usize) -> String {
    let (before, after) = match example.split_once('@') {
        Some((local, domain)) => (format!("{local}@"), format!("X{domain}")),
        None => match example.strip_suffix('"') {
            Some(before) => (before.to_owned(), "\"".to_owned()),
            None => (example.to_owned(), String::new()),
        },
    };
    let is_domain = before.ends_with('@');
    let missing = length - before.chars().count() - after.chars().count();
    let padding = (1..=missing).map(|at| match is_domain && at % 50 == 0 && at < missing {
        true => '.',
        false => 'X',
    });
    format!("{before}{}{after}", padding.collect::<String>())
}

/// The places of all schemas below the schema of a body, as JSON Pointers, each with its schema.
fn places(schema: &Value, document: &Value, place: &str, found: &mut Vec<(String, Value)>) {
    let resolved = resolve(schema, document);
    found.push((place.to_owned(), schema.clone()));
    for (name, property) in resolved["properties"].as_object().into_iter().flatten() {
        // An optional member may be null; its bounds are those of the alternative.
        let alternative = property["anyOf"].get(0).unwrap_or(property);
        places(alternative, document, &format!("{place}/{name}"), found);
    }
    if let Some(items) = resolved.get("items") {
        places(items, document, &format!("{place}/0"), found);
    }
}

/// A valid value of a schema, with its optional members.
fn example(schema: &Value, document: &Value) -> Value {
    let schema = resolve(schema, document);
    if let Some(example) = schema["examples"].get(0).or(schema["enum"].get(0)) {
        return example.clone();
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return example(&alternatives[0], document);
    }
    if let Some(items) = schema.get("items") {
        return json!([example(items, document)]);
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    let members = properties.map(|(name, property)| (name.clone(), example(property, document)));
    Value::Object(members.collect())
}

/// A request with a JSON body.
pub(crate) fn request(body: &str) -> Request {
    let event = json!({
        "version": "2.0",
        "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": "POST" } },
        "body": body,
        "isBase64Encoded": false,
    });
    Request::new(serde_json::from_value(event).unwrap(), "")
}

pub(crate) fn types() -> Types {
    contract::types()
}

/// A body that is valid, or differs from a valid one at one place.
pub(crate) struct Variant {
    /// A JSON Pointer.
    place: String,
    expected: Expected,
    pub(crate) body: Value,
}

/// Bodies at and beyond each bound of a schema.
pub(crate) fn variants(schema: &Value, document: &Value) -> Vec<Variant> {
    let valid = example(schema, document);
    let mut variants = vec![Variant {
        place: String::new(),
        expected: Expected::Accepted,
        body: valid.clone(),
    }];
    let mut all = Vec::new();
    places(schema, document, "", &mut all);
    for (place, schema) in &all {
        let at_bounds = values_at_bounds(schema, document).into_iter();
        let at_bounds = at_bounds.map(|(expected, value)| {
            let mut body = valid.clone();
            *body.pointer_mut(place).unwrap() = value;
            (expected, body)
        });
        let others = with_other_members(&valid, place, resolve(schema, document)).into_iter();
        let others = others.map(|body| (Expected::AsTheSchema, body));
        variants.extend(at_bounds.chain(others).map(|(expected, body)| Variant {
            place: place.clone(),
            expected,
            body,
        }));
    }
    variants
}

#[test]
fn bodies_are_read_as_their_schemas_say() {
    let document = document();
    let mut tested = 0;
    for (name, body) in types().bodies {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let validator = validator(&schema, &document);
        for variant in variants(&schema, &document) {
            let Variant {
                place, body: value, ..
            } = &variant;
            let read = (body.read)(&request(&value.to_string()));
            let is_valid = validator.is_valid(value);
            let expected = match variant.expected {
                Expected::Accepted => true,
                Expected::Refused => false,
                // The format of an e-mail address is more than a schema can check.
                Expected::AsTheSchema if place == "/email" && is_valid => continue,
                Expected::AsTheSchema => is_valid,
            };
            assert_eq!(is_valid, expected, "the schema of {name}{place}: {value}");
            assert_eq!(read.is_ok(), expected, "{name}{place}: {value}: {read:?}");
            tested += 1;
        }
    }
    assert!(tested > 100, "{tested} values");
}

/// The value with each member at `place` removed, made null, and with an unknown member; or with
/// fewer and more items.
fn with_other_members(valid: &Value, place: &str, schema: &Value) -> Vec<Value> {
    let mut changed = Vec::new();
    let mut change = |edit: &dyn Fn(&mut Value)| {
        let mut value = valid.clone();
        edit(value.pointer_mut(place).unwrap());
        changed.push(value);
    };
    if let Some(properties) = schema["properties"].as_object() {
        for name in properties.keys() {
            change(&|value| drop(value.as_object_mut().map(|members| members.remove(name))));
            change(&|value| value[name] = Value::Null);
        }
        change(&|value| value["unknown"] = json!(1));
        change(&|value| *value = Value::Object(Map::new()));
    }
    if schema["maxItems"].is_u64() {
        let most = usize::try_from(schema["maxItems"].as_u64().unwrap()).unwrap();
        for length in [0, most, most + 1] {
            change(&|value| *value = distinct_items(&value[0], length));
        }
        change(&|value| *value = json!([value[0], value[0]]));
    }
    changed
}

/// So many copies of an item, each with another last character in its identifiers.
fn distinct_items(item: &Value, length: usize) -> Value {
    let items = (0..length).map(|n| {
        let mut item = item.clone();
        for member in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(text) = member.as_str().filter(|text| text.len() == 36) {
                *member = format!("{}{n:04x}", &text[..32]).into();
            }
        }
        item
    });
    items.collect()
}

#[test]
fn parameters_are_read_as_their_schemas_say() {
    let document = document();
    for (name, parameter) in types().parameters {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let validator = validator(&schema, &document);
        let is_number = resolve(&schema, &document)["type"] == "integer";
        let mut bounded = resolve(&schema, &document).clone();
        if name == "EntityTags" {
            // The document has no example of a tag, because none suits every request.
            bounded["examples"] = json!(["\"3\""]);
        }
        for (expected, value) in values_at_bounds(&bounded, &document) {
            let text = match &value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            let is_valid = validator.is_valid(&value);
            if is_number == value.is_string() {
                continue;
            }
            let read = (parameter.read)(&text);
            // A cursor is checked when its list is read. Tags may have any white space between them.
            let is_opaque = ["Cursor", "EntityTags"].contains(&name.as_str());
            if is_valid || !is_opaque {
                assert_eq!(read.is_ok(), is_valid, "{name}: {text:?}: {read:?}");
            }
            if expected != Expected::AsTheSchema {
                let expected = expected == Expected::Accepted;
                assert_eq!(is_valid, expected, "the schema of {name}: {text:?}");
            }
        }
    }
}
