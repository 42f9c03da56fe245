//! Examples of bodies, composed of the examples of their parts.

use serde_json::{Map, Value, json};

/// Adds an example to every body of the document that has none.
pub(crate) fn add_to(document: &mut Value) {
    let components = document["components"].clone();
    for item in document["paths"]
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            add_to_content(&mut operation["requestBody"]["content"], &components, true);
            remove_null(operation, "requestBody");
            let responses = operation["responses"].as_object_mut();
            for response in responses.into_iter().flat_map(Map::values_mut) {
                if response.get("content").is_some() {
                    add_to_content(&mut response["content"], &components, false);
                }
            }
        }
    }
    let shared = document["components"]["responses"].as_object_mut();
    for response in shared.into_iter().flat_map(Map::values_mut) {
        add_to_content(&mut response["content"], &components, false);
    }
}

/// Removes a member that has no content.
fn remove_null(operation: &mut Value, member: &str) {
    if operation[member]["content"].is_null()
        && let Some(members) = operation.as_object_mut()
    {
        members.remove(member);
    }
}

fn add_to_content(content: &mut Value, components: &Value, with_optional: bool) {
    for media in content
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        if media.get("example").is_none()
            && let Some(example) = example(&media["schema"], components, with_optional)
        {
            media["example"] = example;
        }
    }
}

/// Returns an example of a schema, or `None` if a part of it has none. Optional members are left out
/// unless `with_optional`.
fn example(schema: &Value, components: &Value, with_optional: bool) -> Option<Value> {
    let of = |schema: &Value| example(schema, components, with_optional);
    if let Some(example) = schema["examples"].get(0) {
        return Some(example.clone());
    }
    if let Some(value) = schema.get("const").or(schema["enum"].get(0)) {
        return Some(value.clone());
    }
    if let Some(place) = schema["$ref"].as_str() {
        let name = place.rsplit('/').next()?;
        return of(&components["schemas"][name]);
    }
    if let Some(alternatives) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return alternatives.iter().find_map(of);
    }
    match schema["type"].as_str()? {
        "null" => Some(Value::Null),
        "array" => Some(json!([of(&schema["items"])?])),
        "object" => {
            let required: Vec<_> = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .collect();
            let mut members = Map::new();
            for (name, property) in schema["properties"].as_object()? {
                let is_required = required.iter().any(|required| *required == name);
                match of(property) {
                    Some(value) if is_required || with_optional => {
                        members.insert(name.clone(), value);
                    }
                    None if is_required => return None,
                    _ => (),
                }
            }
            Some(members.into())
        }
        _ => None,
    }
}
