//! Queries of indexes that do not see the latest writes. DynamoDB updates global secondary indexes
//! asynchronously, the engine in the transaction of the write.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use dynoxide::{
    Database, DynoxideError, Item,
    actions::{
        describe_table::DescribeTableRequest, get_item::GetItemRequest, query::QueryRequest,
        transact_write_items::TransactWriteItem,
    },
};

use crate::dynamodb_call::{Call, to_json};

/// The latest writes, with the items as they were before.
///
/// A stale query omits new items and returns changed items as they were before. It omits an item
/// whose index key has changed. Deletions are visible at once. Queries with a filter or a projection
/// are never stale.
#[derive(Debug, Default)]
pub(crate) struct IndexLag(Mutex<VecDeque<Write>>);

#[derive(Debug)]
struct Write {
    at: Instant,
    target: Target,
    before: Option<Item>,
}

/// An item of a table, by its key.
#[derive(Debug, PartialEq)]
struct Target {
    table: String,
    key: Item,
}

impl IndexLag {
    /// Executes a call. A query of an index does not see the writes of the last `lag`; a write is
    /// recorded with the items that it changes. Returns whether the call was a stale query.
    pub(crate) fn execute(
        &self,
        call: Call,
        database: &Database,
        lag: Duration,
    ) -> (Result<Vec<u8>, DynoxideError>, bool) {
        match call {
            Call::Query(query) if can_be_stale(&query) => (self.query(query, database, lag), true),
            call if call.is_read() => (call.execute(database), false),
            call => (self.write(call, database, lag), false),
        }
    }

    fn query(
        &self,
        query: QueryRequest,
        database: &Database,
        lag: Duration,
    ) -> Result<Vec<u8>, DynoxideError> {
        let table = query.table_name.clone();
        let index = query.index_name.clone().unwrap_or_default();
        let mut response = database.query(query)?;
        let (table_key, index_key) = key_attributes(database, &table, &index)?;
        let writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = |item: Item| {
            let key = project(&item, &table_key);
            let first = writes.iter().find(|write| {
                write.at.elapsed() < lag && write.target.table == table && write.target.key == key
            });
            match first {
                None => Some(item),
                Some(write) => {
                    let before = write.before.clone()?;
                    let in_place = project(&before, &index_key) == project(&item, &index_key);
                    in_place.then_some(before)
                }
            }
        };
        if let Some(items) = response.items.take() {
            let items: Vec<Item> = items.into_iter().filter_map(earlier).collect();
            response.count = items.len();
            response.scanned_count = items.len();
            response.items = Some(items);
        }
        to_json(&response)
    }

    fn write(
        &self,
        call: Call,
        database: &Database,
        lag: Duration,
    ) -> Result<Vec<u8>, DynoxideError> {
        // Locked until the write is done, so that no other write changes the items in between.
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before: Vec<_> = targets(&call, database)
            .into_iter()
            .map(|target| {
                let before = database.get_item(GetItemRequest {
                    table_name: target.table.clone(),
                    key: target.key.clone(),
                    ..GetItemRequest::default()
                });
                (target, before.ok().and_then(|response| response.item))
            })
            .collect();
        let result = call.execute(database);
        let at = Instant::now();
        while writes
            .front()
            .is_some_and(|write| write.at.elapsed() >= lag)
        {
            writes.pop_front();
        }
        if result.is_ok() {
            writes.extend(
                before
                    .into_iter()
                    .map(|(target, before)| Write { at, target, before }),
            );
        }
        result
    }
}

fn can_be_stale(query: &QueryRequest) -> bool {
    query.index_name.is_some()
        && query.filter_expression.is_none()
        && query.query_filter.is_none()
        && query.projection_expression.is_none()
        && query.attributes_to_get.is_none()
        && query.select.is_none()
}

/// Returns the items that a call writes, except those that the engine will refuse.
fn targets(call: &Call, database: &Database) -> Vec<Target> {
    let of_key = |table: &str, key: &Item| {
        Some(Target {
            table: table.to_owned(),
            key: key.clone(),
        })
    };
    let of_item = |table: &str, item: &Item| {
        let (key, _) = key_attributes(database, table, "").ok()?;
        of_key(table, &project(item, &key))
    };
    let of_transaction = |item: &TransactWriteItem| {
        let put = item.put.as_ref();
        let put = put.and_then(|put| of_item(&put.table_name, &put.item));
        let update = item.update.as_ref();
        let update = update.and_then(|update| of_key(&update.table_name, &update.key));
        let delete = item.delete.as_ref();
        let delete = delete.and_then(|delete| of_key(&delete.table_name, &delete.key));
        put.or(update).or(delete)
    };
    match call {
        Call::PutItem(call) => of_item(&call.table_name, &call.item).into_iter().collect(),
        Call::UpdateItem(call) => of_key(&call.table_name, &call.key).into_iter().collect(),
        Call::DeleteItem(call) => of_key(&call.table_name, &call.key).into_iter().collect(),
        Call::TransactWriteItems(call) => call
            .transact_items
            .iter()
            .filter_map(of_transaction)
            .collect(),
        Call::BatchWriteItem(call) => {
            let requests = call.request_items.iter();
            let requests =
                requests.flat_map(|(table, all)| all.iter().map(move |one| (table, one)));
            requests
                .filter_map(|(table, request)| {
                    let put = request.put_request.as_ref();
                    let put = put.and_then(|put| of_item(table, &put.item));
                    let delete = request.delete_request.as_ref();
                    put.or_else(|| delete.and_then(|delete| of_key(table, &delete.key)))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the names of the key attributes of a table and of one of its indexes.
fn key_attributes(
    database: &Database,
    table: &str,
    index: &str,
) -> Result<(Vec<String>, Vec<String>), DynoxideError> {
    let described = database.describe_table(DescribeTableRequest {
        table_name: table.to_owned(),
    })?;
    let indexes = described.table.global_secondary_indexes;
    let index = indexes
        .into_iter()
        .flatten()
        .find(|other| other.index_name == index);
    let of_index = index.map(|index| index.key_schema).unwrap_or_default();
    let of_table = described.table.key_schema;
    Ok((
        of_table.into_iter().map(|key| key.attribute_name).collect(),
        of_index.into_iter().map(|key| key.attribute_name).collect(),
    ))
}

/// Returns the item with these attributes only.
fn project(item: &Item, attributes: &[String]) -> Item {
    attributes
        .iter()
        .filter_map(|name| Some((name.clone(), item.get(name)?.clone())))
        .collect()
}
