//! Links: which operations take the id of an entity that another operation returned.

use serde_json::{Map, Value, json};

/// Adds to each operation that creates an entity, or that lists entities, a link to each operation
/// on one of them: those whose path is the path of the collection and one variable.
pub(crate) fn add(paths: &mut Map<String, Value>) {
    let targets: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flat_map(Map::values);
            operations.filter_map(|operation| {
                let (collection, variable) = collection_of(path)?;
                Some((collection, variable, operation["operationId"].clone()))
            })
        })
        .collect();
    for (path, item) in paths {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let lists = operation["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "cursor"));
            let (status, id) = match lists {
                true => ("200", "$response.body#/items/0/id"),
                false => ("201", "$response.body#/id"),
            };
            let Some(response) = operation["responses"].get_mut(status) else {
                continue;
            };
            let links: Map<_, _> = targets
                .iter()
                .filter(|(collection, ..)| collection == path)
                .filter_map(|(_, variable, target)| {
                    let link = json!({ "operationId": target, "parameters": { variable: id } });
                    Some((target.as_str()?.to_owned(), link))
                })
                .collect();
            if !links.is_empty() {
                response["links"] = links.into();
            }
        }
    }
}

/// Returns the collection and the variable of a path with one variable.
fn collection_of(path: &str) -> Option<(String, String)> {
    let (collection, rest) = path.split_once("/{")?;
    let (variable, rest) = rest.split_once('}')?;
    (!rest.contains('{')).then(|| (collection.to_owned(), variable.to_owned()))
}
