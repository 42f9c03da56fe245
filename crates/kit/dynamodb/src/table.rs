//! Tables of versioned entities.

use std::{fmt, marker::PhantomData};

use aws_sdk_dynamodb::{
    Config,
    config::retry::RetryConfig,
    error::SdkError,
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError,
    },
    types::{
        self, Delete, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValue,
        ReturnValuesOnConditionCheckFailure,
    },
};
use record::{Expected, Once, Time, Versioned};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ChangeError, Claim, CreateError, Database, DatabaseError, Item, Key, List, ListError, Outcome,
    Page, PageRequest, Receipts, RemoveError, Retry, Transaction, Update, capacity,
    item::{self, VERSION, number},
    reservations::{release, reservation, reserve},
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

/// The writes of the transactions that create, change and remove an entity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Entity,
    Reserve,
    Release,
    Receipt,
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

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The receipts of changes to these entities.
    #[must_use]
    pub fn receipts(&self) -> &Receipts<S::Entity> {
        &self.receipts
    }

    fn name(&self) -> Result<&str, DatabaseError> {
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

    fn new_item(key: &Key, entity: &Versioned<S::Entity>) -> Result<Item, DatabaseError> {
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

    async fn item(&self, key: &Key) -> Result<Option<Item>, DatabaseError> {
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

    /// Writes a new entity, its reservation and the receipt of the claim, as far as there are any:
    /// all or nothing. Returns the outcome of the earlier request with the claim, if there is one.
    ///
    /// # Errors
    ///
    /// [`CreateError::Exists`], [`CreateError::Taken`], [`CreateError::KeyReused`].
    pub async fn create(
        &self,
        key: &Key,
        entity: Versioned<S::Entity>,
        claim: Option<&Claim>,
    ) -> Result<Once<S::Entity>, CreateError> {
        if let Some(earlier) = self.receipts.find(claim).await? {
            return Ok(earlier);
        }
        match self.create_now(key, entity, claim).await {
            Err(CreateError::Database(error)) => Err(error.into()),
            // Another request with the claim may have made the change in between.
            Err(refusal) => self.receipts.find(claim).await?.ok_or(refusal),
            created => created,
        }
    }

    async fn create_now(
        &self,
        key: &Key,
        entity: Versioned<S::Entity>,
        claim: Option<&Claim>,
    ) -> Result<Once<S::Entity>, CreateError> {
        if S::UNIQUE.is_none() && claim.is_none() {
            return self.put_now(key, entity).await;
        }
        let mut retry = Retry::default();
        loop {
            let mut writes = Transaction::default().with(Part::Entity, self.put(key, &entity)?);
            if let Some(attribute) = S::UNIQUE {
                let value = reservation(attribute, &S::unique_value(&entity));
                writes = writes.with(Part::Reserve, reserve(&self.database, &value)?);
            }
            if let Some(claim) = claim {
                writes = writes.with(Part::Receipt, self.receipts.put(claim, &entity)?);
            }
            match writes.send(&self.database).await? {
                Outcome::Done => return Ok(Once::first(entity)),
                Outcome::Refused(refusals) if refusals.include(Part::Receipt) => {
                    let earlier = self.receipts.find(claim).await?;
                    return Ok(earlier.ok_or(DatabaseError::Contended)?);
                }
                Outcome::Refused(refusals) if refusals.include(Part::Entity) => {
                    return Err(CreateError::Exists);
                }
                Outcome::Refused(_) => return Err(CreateError::Taken),
                Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// One `PutItem`. Not sent again when its answer is lost: it would be refused because of itself.
    async fn put_now(
        &self,
        key: &Key,
        entity: Versioned<S::Entity>,
    ) -> Result<Once<S::Entity>, CreateError> {
        let put = self
            .database
            .client()
            .put_item()
            .table_name(self.name()?)
            .set_item(Some(Self::new_item(key, &entity)?))
            .condition_expression("attribute_not_exists(#version)")
            .expression_attribute_names("#version", VERSION)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(without_retries())
            .send()
            .await;
        match put {
            Ok(output) => {
                capacity::written(&output.consumed_capacity);
                Ok(Once::first(entity))
            }
            Err(SdkError::ServiceError(error))
                if matches!(
                    error.err(),
                    PutItemError::ConditionalCheckFailedException(_)
                ) =>
            {
                Err(CreateError::Exists)
            }
            Err(error) => Err(DatabaseError::from(error).into()),
        }
    }

    /// Changes an entity and returns it. A changed unique value moves its reservation.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NotFound`], [`ChangeError::Moved`], [`ChangeError::Taken`].
    pub async fn change(
        &self,
        key: &Key,
        expected: &Expected,
        patch: &impl Serialize,
    ) -> Result<Versioned<S::Entity>, ChangeError> {
        let changes = |expected: &Expected| {
            let update = Update::new(expected).merge(patch);
            match S::UPDATED_AT {
                Some(attribute) if !update.is_empty() => update.set(attribute, &Time::now()),
                _ => update,
            }
        };
        let update = changes(expected);
        if update.is_empty() {
            let entity = self.find(key).await?.ok_or(ChangeError::NotFound)?;
            return if expected.allows(entity.version) {
                Ok(entity)
            } else {
                Err(ChangeError::Moved)
            };
        }
        match S::UNIQUE {
            Some(attribute) if update.sets(attribute) => {
                self.change_unique(key, expected, attribute, changes).await
            }
            _ => self.change_now(key, expected, update).await,
        }
    }

    async fn change_now(
        &self,
        key: &Key,
        expected: &Expected,
        update: Update,
    ) -> Result<Versioned<S::Entity>, ChangeError> {
        let retries = match expected {
            Expected::Any => Retries::Standard,
            // A second call would find the version that the first one made.
            Expected::OneOf(_) => Retries::None,
        };
        match self.update(key, update, retries).await? {
            Updated::Done(entity) => Ok(entity),
            Updated::Refused(Some(_)) => Err(ChangeError::Moved),
            Updated::Refused(None) => Err(ChangeError::NotFound),
        }
    }

    /// Changes the attributes and the reservation in one transaction. The item says which
    /// reservation to release, so it is read first, and the transaction requires that version.
    async fn change_unique(
        &self,
        key: &Key,
        expected: &Expected,
        attribute: &str,
        changes: impl Fn(&Expected) -> Update,
    ) -> Result<Versioned<S::Entity>, ChangeError> {
        let mut retry = Retry::default();
        loop {
            let mut item = self.item(key).await?.ok_or(ChangeError::NotFound)?;
            let before = Self::read(item.clone())?;
            if !expected.allows(before.version) {
                return Err(ChangeError::Moved);
            }
            let seen = Expected::OneOf(vec![before.version]);
            let update = changes(&seen);
            // A transaction returns no item. It is made only on the item that was read, so the
            // changes are made to that.
            update.apply(&mut item);
            item.insert(VERSION.to_owned(), number(before.version.next()));
            let after = Self::read(item)?;
            let value = S::unique_value(&after);
            if value == S::unique_value(&before) {
                match self.change_now(key, &seen, update).await {
                    Err(ChangeError::Moved) => retry.wait().await?,
                    result => return result,
                }
                continue;
            }
            let (old, new) = (
                reservation(attribute, &S::unique_value(&before)),
                reservation(attribute, &value),
            );
            let writes = Transaction::default()
                .with(Part::Entity, self.updating(key, update)?)
                .with(Part::Reserve, reserve(&self.database, &new)?)
                .with(Part::Release, release(&self.database, &old)?);
            match writes.send(&self.database).await? {
                Outcome::Done => return Ok(after),
                Outcome::Refused(refusals) if !refusals.include(Part::Entity) => {
                    return Err(ChangeError::Taken);
                }
                Outcome::Refused(_) | Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// Deletes an entity and releases its reservation, both or neither.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`].
    pub async fn remove(&self, key: &Key, expected: &Expected) -> Result<(), RemoveError> {
        let mut retry = Retry::default();
        loop {
            let entity = self.find(key).await?.ok_or(RemoveError::NotFound)?;
            if !expected.allows(entity.version) {
                return Err(RemoveError::Moved);
            }
            let Some(attribute) = S::UNIQUE else {
                if self.delete_now(key, &entity).await? {
                    return Ok(());
                }
                retry.wait().await?;
                continue;
            };
            let value = reservation(attribute, &S::unique_value(&entity));
            let delete = Delete::builder()
                .table_name(self.name()?)
                .set_key(Some(key.attributes()))
                .condition_expression(SEEN)
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":seen", number(entity.version));
            let delete = Write::builder().delete(built(delete.build()));
            let writes = Transaction::default()
                .with(Part::Entity, delete.build())
                .with(Part::Release, release(&self.database, &value)?);
            match writes.send(&self.database).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(_) | Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// One `DeleteItem`; whether the entity was in its version.
    async fn delete_now(
        &self,
        key: &Key,
        entity: &Versioned<S::Entity>,
    ) -> Result<bool, DatabaseError> {
        let delete = self
            .database
            .client()
            .delete_item()
            .table_name(self.name()?)
            .set_key(Some(key.attributes()))
            .condition_expression(SEEN)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":seen", number(entity.version))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(without_retries())
            .send()
            .await;
        match delete {
            Ok(output) => {
                capacity::written(&output.consumed_capacity);
                Ok(true)
            }
            Err(SdkError::ServiceError(error))
                if matches!(
                    error.err(),
                    DeleteItemError::ConditionalCheckFailedException(_)
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
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
        let put = Put::builder()
            .table_name(self.name()?)
            .set_item(Some(Self::new_item(key, entity)?))
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

/// Requires the version that was read.
const SEEN: &str = "#version = :seen";

fn without_retries() -> aws_sdk_dynamodb::config::Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}
