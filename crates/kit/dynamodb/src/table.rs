//! Tables of versioned entities.

use std::{fmt, marker::PhantomData};

use aws_sdk_dynamodb::{
    Config,
    config::retry::RetryConfig,
    operation::update_item::UpdateItemError,
    types::{
        self, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValue,
        ReturnValuesOnConditionCheckFailure,
    },
};
use record::Versioned;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Database, DatabaseError, Item, Key, List, ListError, Page, PageRequest, Receipts, Retry,
    Update, capacity,
    item::{self, VERSION},
    transaction::{Write, built},
};

/// What a table keeps. The attributes of an item are those that serde writes of the entity.
pub trait Schema {
    /// What the items of the table are.
    type Entity: Serialize + DeserializeOwned;

    /// The logical name of the table.
    const TABLE: &'static str;

    /// The attribute whose value no two entities share, if there is one.
    const UNIQUE: Option<&'static str> = None;

    /// The attribute that holds the time of the last change, if there is one.
    const UPDATED_AT: Option<&'static str> = None;

    /// Whether the entity is personal data. If so, its deletion deletes it from the receipt of its
    /// creation as well.
    const PERSONAL: bool = false;

    /// The value of the unique attribute, in the form in which it is compared.
    fn unique_value(_entity: &Self::Entity) -> String {
        String::new()
    }
}

/// A table of versioned entities.
pub struct Table<S: Schema> {
    database: Database,
    receipts: Receipts<S::Entity>,
    schema: PhantomData<fn() -> S>,
}

/// How an update ended.
pub enum Updated<T> {
    /// The entity after the update.
    Done(Versioned<T>),
    /// The condition did not hold; the entity as it is, if it exists.
    Refused(Option<Versioned<T>>),
}

/// Whether the SDK sends a call again when its answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// Yes: the call has the same effect once or twice.
    Standard,
    /// No: a second call would add twice, or would be refused because of the first.
    None,
}

impl<S: Schema> Clone for Table<S> {
    fn clone(&self) -> Self {
        Self::new(self.database.clone())
    }
}

impl<S: Schema> fmt::Debug for Table<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&S::TABLE).finish()
    }
}

impl<S: Schema> Table<S> {
    /// The table of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            receipts: Receipts::new(database.clone()),
            database,
            schema: PhantomData,
        }
    }

    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The receipts of changes to these entities.
    #[must_use]
    pub fn receipts(&self) -> &Receipts<S::Entity> {
        &self.receipts
    }

    pub(crate) fn name(&self) -> Result<&str, DatabaseError> {
        self.database.table(S::TABLE)
    }

    /// Reads the entity of an item.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Corrupt`].
    pub fn read(item: Item) -> Result<Versioned<S::Entity>, DatabaseError> {
        item::read(S::TABLE, item)
    }

    pub(crate) fn new_item(
        key: &Key,
        entity: &Versioned<S::Entity>,
    ) -> Result<Item, DatabaseError> {
        let mut item = item::write(S::TABLE, entity)?;
        item.extend(key.attributes());
        Ok(item)
    }

    /// Returns an entity, strongly consistent: a client reads what it has just written.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find(&self, key: &Key) -> Result<Option<Versioned<S::Entity>>, DatabaseError> {
        self.item(key).await?.map(Self::read).transpose()
    }

    pub(crate) async fn item(&self, key: &Key) -> Result<Option<Item>, DatabaseError> {
        let get = self
            .database
            .client()
            .get_item()
            .table_name(self.name()?)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.send().await?;
        capacity::read(&found.consumed_capacity);
        Ok(found.item)
    }

    /// Returns those of up to 100 entities that exist, in no particular order, strongly consistent.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn find_all(
        &self,
        keys: impl IntoIterator<Item = Key>,
    ) -> Result<Vec<Versioned<S::Entity>>, DatabaseError> {
        let table = self.name()?;
        let keys = keys.into_iter().map(|key| key.attributes()).collect();
        let keys = KeysAndAttributes::builder()
            .consistent_read(true)
            .set_keys(Some(keys));
        let mut wanted = Some(built(keys.build()));
        let mut entities = Vec::new();
        let mut retry = Retry::default();
        while let Some(keys) = wanted {
            let batch = self
                .database
                .client()
                .batch_get_item()
                .request_items(table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let found = batch.send().await?;
            capacity::read(found.consumed_capacity());
            for item in found.responses.unwrap_or_default().into_values().flatten() {
                entities.push(Self::read(item)?);
            }
            // DynamoDB returns the keys that it had no capacity for.
            wanted = found.unprocessed_keys.unwrap_or_default().remove(table);
            if wanted.is_some() {
                retry.wait().await?;
            }
        }
        Ok(entities)
    }

    /// Returns a page of a list. DynamoDB reads the items of the page and no more.
    ///
    /// # Errors
    ///
    /// [`ListError::InvalidCursor`] when the cursor belongs to another list.
    pub async fn page(
        &self,
        list: &List,
        page: &PageRequest,
    ) -> Result<Page<Versioned<S::Entity>>, ListError> {
        let start = list.start(S::TABLE, page.after.as_ref())?;
        let (items, last) = match &list.partition {
            Some(partition) => self.query(list, partition, page, start).await?,
            None => self.scan(list, page, start).await?,
        };
        let items = items.into_iter().map(Self::read);
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            next: last.map(|key| list.cursor(S::TABLE, &key)),
        })
    }

    async fn query(
        &self,
        list: &List,
        partition: &Key,
        page: &PageRequest,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), DatabaseError> {
        let name = partition.partition_key();
        let query = self
            .database
            .client()
            .query()
            .table_name(self.name()?)
            .set_index_name(list.index.map(str::to_owned))
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", name)
            .expression_attribute_values(":partition", partition.attributes()[name].clone())
            .scan_index_forward(!list.newest_first)
            .consistent_read(list.index.is_none())
            .limit(page.limit.items())
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = query.send().await?;
        capacity::read(&found.consumed_capacity);
        Ok((found.items.unwrap_or_default(), found.last_evaluated_key))
    }

    async fn scan(
        &self,
        list: &List,
        page: &PageRequest,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), DatabaseError> {
        let scan = self
            .database
            .client()
            .scan()
            .table_name(self.name()?)
            .set_index_name(list.index.map(str::to_owned))
            .limit(page.limit.items())
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = scan.send().await?;
        capacity::read(&found.consumed_capacity);
        Ok((found.items.unwrap_or_default(), found.last_evaluated_key))
    }

    /// Makes an update in one `UpdateItem`, which returns the entity.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn update(
        &self,
        key: &Key,
        update: Update,
        retries: Retries,
    ) -> Result<Updated<S::Entity>, DatabaseError> {
        let update = update.into_parts();
        let config = match retries {
            Retries::Standard => Config::builder(),
            Retries::None => without_retries(),
        };
        let updated = self
            .database
            .client()
            .update_item()
            .table_name(self.name()?)
            .set_key(Some(key.attributes()))
            .update_expression(update.update)
            .condition_expression(update.condition)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .config_override(config)
            .send()
            .await;
        match updated {
            Ok(output) => {
                capacity::written(&output.consumed_capacity);
                let item = output.attributes.unwrap_or_default();
                Ok(Updated::Done(Self::read(item)?))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(
                    Updated::Refused(failed.item.clone().map(Self::read).transpose()?),
                ),
                _ => Err(error.into()),
            },
        }
    }

    /// Writes a new entity as part of a transaction. Refused when it exists.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::UndeclaredTable`].
    pub fn put(&self, key: &Key, entity: &Versioned<S::Entity>) -> Result<Write, DatabaseError> {
        self.put_item(Self::new_item(key, entity)?)
    }

    pub(crate) fn put_item(&self, item: Item) -> Result<Write, DatabaseError> {
        let put = Put::builder()
            .table_name(self.name()?)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#version)")
            .expression_attribute_names("#version", VERSION);
        Ok(Write::builder().put(built(put.build())).build())
    }

    /// Makes an update as part of a transaction. A refusal comes with the item.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::UndeclaredTable`].
    pub fn updating(&self, key: &Key, update: Update) -> Result<Write, DatabaseError> {
        let parts = update.into_parts();
        let update = types::Update::builder()
            .table_name(self.name()?)
            .set_key(Some(key.attributes()))
            .update_expression(parts.update)
            .condition_expression(parts.condition)
            .set_expression_attribute_names(Some(parts.names))
            .set_expression_attribute_values(Some(parts.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(Write::builder().update(built(update.build())).build())
    }
}

pub(crate) fn without_retries() -> aws_sdk_dynamodb::config::Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}
