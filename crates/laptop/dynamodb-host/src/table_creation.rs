//! Creates the declared tables.

use std::collections::{BTreeMap, BTreeSet};

use dynoxide::{Database, DynoxideError};
use manifest::{Attribute, Table};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Error;

/// Creates missing tables and indexes. Other tables are not changed.
pub(crate) fn ensure(database: &Database, tables: &BTreeMap<String, Table>) -> Result<(), Error> {
    for (name, table) in tables {
        match description(database, name) {
            Ok(None) => create(database, name, table),
            Ok(Some(existing)) => adapt(database, name, table, &existing)?,
            Err(error) => Err(error),
        }
        .and_then(|()| expire(database, name, table))
        .map_err(|source| Error::Table {
            table: name.clone(),
            source,
        })?;
    }
    Ok(())
}

fn description(database: &Database, name: &str) -> Result<Option<Value>, DynoxideError> {
    match database.describe_table(request(json!({ "TableName": name }))?) {
        Ok(response) => Ok(Some(tree(&response.table)?)),
        Err(DynoxideError::ResourceNotFoundException(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn create(database: &Database, name: &str, table: &Table) -> Result<(), DynoxideError> {
    let mut create = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(&table.partition_key, table.sort_key.as_ref()),
        "AttributeDefinitions": definitions(table),
    });
    if !table.indexes.is_empty() {
        create["GlobalSecondaryIndexes"] = table
            .indexes
            .keys()
            .map(|index| index_definition(table, index))
            .collect();
    }
    database.create_table(request(create)?).map(drop)
}

/// Adds missing indexes to an existing table. The outer error is a difference from the declaration,
/// the inner one an error of the engine.
fn adapt(
    database: &Database,
    name: &str,
    table: &Table,
    existing: &Value,
) -> Result<Result<(), DynoxideError>, Error> {
    let differs = |differs: String| {
        Err(Error::OtherKeys {
            table: name.to_owned(),
            differs,
        })
    };
    let defined = existing["AttributeDefinitions"].as_array();
    let defined = defined.map(Vec::as_slice).unwrap_or_default();
    for definition in definitions(table) {
        let same_name = |other: &&Value| other["AttributeName"] == definition["AttributeName"];
        if defined
            .iter()
            .find(same_name)
            .is_some_and(|other| *other != definition)
        {
            return differs(format!("the type of {}", definition["AttributeName"]));
        }
    }
    if existing["KeySchema"] != key_schema(&table.partition_key, table.sort_key.as_ref()) {
        return differs("the table's own keys".to_owned());
    }
    let indexes = existing["GlobalSecondaryIndexes"].as_array();
    let indexes = indexes.map(Vec::as_slice).unwrap_or_default();
    for index in table.indexes.keys() {
        let declared = index_definition(table, index);
        match indexes
            .iter()
            .find(|other| other["IndexName"] == index.as_str())
        {
            Some(other) if other["KeySchema"] == declared["KeySchema"] => {}
            Some(_) => return differs(format!("the keys of its index {index:?}")),
            None => {
                let update = json!({
                    "TableName": name,
                    "AttributeDefinitions": definitions(table),
                    "GlobalSecondaryIndexUpdates": [{ "Create": declared }],
                });
                if let Err(error) = request(update).and_then(|r| database.update_table(r)) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// Sets the attribute by which items expire.
fn expire(database: &Database, name: &str, table: &Table) -> Result<(), DynoxideError> {
    let current = database.describe_time_to_live(request(json!({ "TableName": name }))?)?;
    let current = tree(&current)?;
    let current = current["TimeToLiveDescription"]["AttributeName"].as_str();
    let set = |attribute: &str, enabled: bool| {
        database
            .update_time_to_live(request(json!({
                "TableName": name,
                "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": enabled },
            }))?)
            .map(drop)
    };
    if current == table.time_to_live.as_deref() {
        return Ok(());
    }
    if let Some(old) = current {
        set(old, false)?;
    }
    match &table.time_to_live {
        Some(new) => set(new, true),
        None => Ok(()),
    }
}

fn key_schema(partition_key: &Attribute, sort_key: Option<&Attribute>) -> Value {
    let hash = json!({ "AttributeName": partition_key.name, "KeyType": "HASH" });
    let range = sort_key.map(|key| json!({ "AttributeName": key.name, "KeyType": "RANGE" }));
    std::iter::once(hash).chain(range).collect()
}

fn index_definition(table: &Table, name: &str) -> Value {
    let index = &table.indexes[name];
    json!({
        "IndexName": name,
        "KeySchema": key_schema(&index.partition_key, index.sort_key.as_ref()),
        "Projection": { "ProjectionType": "ALL" },
    })
}

/// Returns each key attribute once, with its type.
fn definitions(table: &Table) -> Vec<Value> {
    let attributes: BTreeSet<(&str, &str)> = table
        .key_attributes()
        .map(|attribute| (attribute.name.as_str(), attribute.kind.as_str()))
        .collect();
    attributes
        .into_iter()
        .map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }))
        .collect()
}

fn request<T: DeserializeOwned>(value: Value) -> Result<T, DynoxideError> {
    serde_json::from_value(value)
        .map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn tree(value: &impl serde::Serialize) -> Result<Value, DynoxideError> {
    serde_json::to_value(value)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
