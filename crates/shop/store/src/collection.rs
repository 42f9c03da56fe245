//! What users and products have in common: a table of items with a version, of which one attribute
//! is unique among all.
//!
//! DynamoDB knows no unique attribute but the key, so each value that is taken has an item of its
//! own in the table `reservations`, written in one transaction with the thing that holds it.

use std::marker::PhantomData;

use aws_sdk_dynamodb::{
    Config,
    config::retry::RetryConfig,
    operation::update_item::UpdateItemError,
    types::{
        Delete, Put, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};
use domain::{Expected, Time, Version};

use crate::{
    ChangeError, CreateError, Cursor, Database, DatabaseError, ListError, Once, Page, PageRequest,
    Receipting, RemoveError,
    attributes::{Attributes, Reader, number, text},
    capacity,
    expression::{Changes, Expression},
    receipts,
    transaction::{Patience, Transaction, built, refused, transact},
};

const RESERVATIONS: &str = "reservations";

/// A thing that is kept in a table of its own under `id`.
pub(crate) trait Record: Sized {
    /// The logical name of the table.
    const TABLE: &'static str;

    fn id(&self) -> String;

    fn version(&self) -> Version;

    /// What no other thing may have: its kind and value, as the reservation's key.
    fn reservation(&self) -> String;

    fn write(&self) -> Attributes;

    fn read(item: &Reader<'_>) -> Result<Self, DatabaseError>;
}
/// The things of one table.
#[derive(Clone, Debug)]
pub(crate) struct Collection<T> {
    pub(crate) database: Database,
    things: PhantomData<fn() -> T>,
}

impl<T: Record> Collection<T> {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            things: PhantomData,
        }
    }

    pub(crate) fn table(&self) -> Result<&str, DatabaseError> {
        self.database.table(T::TABLE)
    }

    pub(crate) fn read(item: &Attributes) -> Result<T, DatabaseError> {
        T::read(&Reader {
            table: T::TABLE,
            item,
        })
    }

    /// Strongly consistent, so that what a client has just written is what it reads.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<T>, DatabaseError> {
        self.item(id).await?.as_ref().map(Self::read).transpose()
    }

    async fn item(&self, id: &str) -> Result<Option<Attributes>, DatabaseError> {
        let get = self
            .database
            .client()
            .get_item()
            .table_name(self.table()?)
            .key("id", text(id));
        let get = get
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.send().await?;
        capacity::read(&found.consumed_capacity);
        Ok(found.item)
    }

    /// All things in the order of the table's own, a page at a time. A `Scan` with a limit reads
    /// that many items and no more.
    pub(crate) async fn page(&self, page: &PageRequest) -> Result<Page<T>, ListError> {
        let query = T::TABLE;
        let after = page
            .after
            .as_ref()
            .map(|cursor| cursor.last(query))
            .transpose()?;
        let scan = self
            .database
            .client()
            .scan()
            .table_name(self.table()?)
            .limit(page.limit.items());
        let start = after.map(|id| Attributes::from([("id".to_owned(), text(id))]));
        let found = scan
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(DatabaseError::from)?;
        capacity::read(&found.consumed_capacity);
        Ok(Self::listed(
            query,
            found.items.unwrap_or_default(),
            found.last_evaluated_key.as_ref(),
        )?)
    }

    /// Makes a page of `items`, which end at the key `last` when there may be more.
    pub(crate) fn listed(
        query: &str,
        items: Vec<Attributes>,
        last: Option<&Attributes>,
    ) -> Result<Page<T>, DatabaseError> {
        let last = last
            .map(|item| {
                Reader {
                    table: T::TABLE,
                    item,
                }
                .text::<String>("id")
            })
            .transpose()?;
        Ok(Page {
            items: items.iter().map(Self::read).collect::<Result<_, _>>()?,
            next: last.map(|id| Cursor::new(query, &id)),
        })
    }

    /// Writes a new thing, reserves what it holds and keeps a receipt: all or nothing.
    pub(crate) async fn create(
        &self,
        thing: T,
        receipt: Receipting<'_, T>,
    ) -> Result<Once<T>, CreateError> {
        let receipt = receipt.map(|receipt| receipt(&thing));
        let mut patience = Patience::new();
        loop {
            let item = Put::builder()
                .table_name(self.table()?)
                .set_item(Some(thing.write()))
                .condition_expression("attribute_not_exists(id)");
            let mut writes = vec![
                TransactWriteItem::builder()
                    .put(built(item.build()))
                    .build(),
                self.reserve(&thing.reservation(), &thing.id())?,
            ];
            if let Some(receipt) = &receipt {
                writes.push(receipts::put(&self.database, receipt.clone())?);
            }
            match transact(&self.database, writes).await? {
                Transaction::Done => return Ok(Once::Now(thing)),
                Transaction::Refused(reasons) if refused(&reasons, 2) => return Ok(Once::Before),
                Transaction::Refused(reasons) if refused(&reasons, 0) => {
                    return Err(CreateError::Exists);
                }
                Transaction::Refused(_) => return Err(CreateError::Taken),
                Transaction::Conflict => patience.wait().await?,
            }
        }
    }

    /// Changes a thing and returns it as it is then.
    pub(crate) async fn change(
        &self,
        id: &str,
        expected: &Expected,
        changes: Changes,
    ) -> Result<T, ChangeError> {
        if let Some(reservation) = &changes.reservation {
            return self
                .change_reservation(id, expected, &changes, reservation)
                .await;
        }
        if changes.set.is_empty() && changes.remove.is_empty() {
            return self.unchanged(id, expected).await;
        }
        self.update(id, expected, &changes).await
    }

    async fn unchanged(&self, id: &str, expected: &Expected) -> Result<T, ChangeError> {
        let thing = self.find(id).await?.ok_or(ChangeError::NotFound)?;
        if expected.allows(thing.version()) {
            Ok(thing)
        } else {
            Err(ChangeError::Moved)
        }
    }

    async fn update(
        &self,
        id: &str,
        expected: &Expected,
        changes: &Changes,
    ) -> Result<T, ChangeError> {
        let retry = match expected {
            Expected::Any => RetryConfig::standard(),
            // Were an answer lost, a retry by the SDK would meet the version that it made itself, and
            // refuse what is done. So there is none, and the client learns that nobody knows.
            Expected::OneOf(_) => RetryConfig::disabled(),
        };
        let expression = Expression::new(expected, changes, Time::now());
        match self.write(id, expression, retry).await? {
            Written::Done(thing) => Ok(thing),
            Written::Refused(Some(_)) => Err(ChangeError::Moved),
            Written::Refused(None) => Err(ChangeError::NotFound),
        }
    }

    /// One `UpdateItem`, which returns the item as it is then.
    pub(crate) async fn write(
        &self,
        id: &str,
        expression: Expression,
        retry: RetryConfig,
    ) -> Result<Written<T>, DatabaseError> {
        let updated = self
            .database
            .client()
            .update_item()
            .table_name(self.table()?)
            .key("id", text(id))
            .update_expression(expression.update)
            .condition_expression(expression.condition)
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .config_override(Config::builder().retry_config(retry))
            .send()
            .await;
        match updated {
            Ok(output) => {
                capacity::written(&output.consumed_capacity);
                Ok(Written::Done(Self::read(
                    &output.attributes.unwrap_or_default(),
                )?))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(
                    Written::Refused(failed.item.as_ref().map(Self::read).transpose()?),
                ),
                _ => Err(error.into()),
            },
        }
    }

    /// The attributes and, in the same transaction, the reservation. Which reservation is to be
    /// released is known from the item alone, so it is read first; the transaction holds only if the
    /// item is still in that version.
    async fn change_reservation(
        &self,
        id: &str,
        expected: &Expected,
        changes: &Changes,
        reservation: &str,
    ) -> Result<T, ChangeError> {
        let mut patience = Patience::new();
        loop {
            let mut item = self.item(id).await?.ok_or(ChangeError::NotFound)?;
            let thing = Self::read(&item)?;
            if !expected.allows(thing.version()) {
                return Err(ChangeError::Moved);
            }
            let seen = Expected::OneOf(vec![thing.version()]);
            let expression = Expression::new(&seen, changes, Time::now());
            if thing.reservation() == reservation {
                match self.update(id, &seen, changes).await {
                    Err(ChangeError::Moved) => patience.wait().await?,
                    settled => return settled,
                }
                continue;
            }
            // A transaction returns no item, but it holds only on the one that was read.
            expression.apply(changes, &mut item, thing.version());
            let writes = vec![
                self.update_in_transaction(id, expression)?,
                self.reserve(reservation, id)?,
                self.release(&thing.reservation())?,
            ];
            match transact(&self.database, writes).await? {
                Transaction::Done => return Ok(Self::read(&item)?),
                Transaction::Refused(reasons) if refused(&reasons, 0) => patience.wait().await?,
                Transaction::Refused(_) => return Err(ChangeError::Taken),
                Transaction::Conflict => patience.wait().await?,
            }
        }
    }

    /// Deletes a thing and releases what it holds, both or neither.
    pub(crate) async fn remove(&self, id: &str, expected: &Expected) -> Result<(), RemoveError> {
        let mut patience = Patience::new();
        loop {
            let thing = self.find(id).await?.ok_or(RemoveError::NotFound)?;
            if !expected.allows(thing.version()) {
                return Err(RemoveError::Moved);
            }
            let delete = Delete::builder()
                .table_name(self.table()?)
                .key("id", text(id))
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(thing.version()));
            let writes = vec![
                TransactWriteItem::builder()
                    .delete(built(delete.build()))
                    .build(),
                self.release(&thing.reservation())?,
            ];
            match transact(&self.database, writes).await? {
                Transaction::Done => return Ok(()),
                Transaction::Refused(_) | Transaction::Conflict => patience.wait().await?,
            }
        }
    }

    /// An update of a thing as a part of a transaction; a refused one comes with the item.
    pub(crate) fn update_in_transaction(
        &self,
        id: &str,
        expression: Expression,
    ) -> Result<TransactWriteItem, DatabaseError> {
        let update = Update::builder()
            .table_name(self.table()?)
            .key("id", text(id))
            .update_expression(expression.update)
            .condition_expression(expression.condition)
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder()
            .update(built(update.build()))
            .build())
    }

    fn reserve(&self, reservation: &str, holder: &str) -> Result<TransactWriteItem, DatabaseError> {
        let put = Put::builder()
            .table_name(self.database.table(RESERVATIONS)?)
            .item("value", text(reservation))
            .item("holder", text(holder))
            .condition_expression("attribute_not_exists(#value)")
            .expression_attribute_names("#value", "value");
        Ok(TransactWriteItem::builder().put(built(put.build())).build())
    }

    fn release(&self, reservation: &str) -> Result<TransactWriteItem, DatabaseError> {
        let delete = Delete::builder()
            .table_name(self.database.table(RESERVATIONS)?)
            .key("value", text(reservation));
        Ok(TransactWriteItem::builder()
            .delete(built(delete.build()))
            .build())
    }
}

/// How an update ended.
pub(crate) enum Written<T> {
    /// The thing as it is now.
    Done(T),
    /// The condition did not hold; the thing as it is, if there is one.
    Refused(Option<T>),
}
