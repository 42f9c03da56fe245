//! What users and products have in common: a table of items with a version, of which one attribute
//! is unique among all.
//!
//! DynamoDB knows no unique attribute but the key, so each value that is taken has an item of its
//! own in the table `reservations`, written in one transaction with the thing that holds it.

use std::{collections::HashMap, marker::PhantomData, time::Duration};

use aws_sdk_dynamodb::{
    Config,
    config::retry::RetryConfig,
    error::{BuildError, SdkError},
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{
        AttributeValue, CancellationReason, Delete, Put, ReturnValue,
        ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use domain::{Expected, Time, Version};

use crate::{
    ChangeError, CreateError, Cursor, Database, DatabaseError, ListError, Page, PageRequest,
    RemoveError,
    attributes::{Attributes, Reader, number, text},
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

/// The attributes of an item that are to change.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) set: Vec<(&'static str, AttributeValue)>,
    pub(crate) remove: Vec<&'static str>,
    /// What the thing holds afterwards, where the unique attribute is among the changes.
    pub(crate) reservation: Option<String>,
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
        let get = self.database.client().get_item().table_name(self.table()?);
        Ok(get
            .key("id", text(id))
            .consistent_read(true)
            .send()
            .await?
            .item)
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
            .send()
            .await
            .map_err(DatabaseError::from)?;
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

    /// Writes a new thing and reserves what it holds, both or neither.
    pub(crate) async fn create(&self, thing: &T) -> Result<(), CreateError> {
        let mut patience = Patience::new();
        loop {
            let item = Put::builder()
                .table_name(self.table()?)
                .set_item(Some(thing.write()))
                .condition_expression("attribute_not_exists(id)");
            let writes = vec![
                TransactWriteItem::builder()
                    .put(built(item.build()))
                    .build(),
                self.reserve(&thing.reservation(), &thing.id())?,
            ];
            match self.transact(writes).await? {
                Transaction::Done => return Ok(()),
                Transaction::Refused(at) if at.contains(&0) => return Err(CreateError::Exists),
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
        match self
            .write(
                id,
                Expression::new(expected, changes),
                RetryConfig::standard(),
            )
            .await?
        {
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
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .config_override(Config::builder().retry_config(retry))
            .send()
            .await;
        match updated {
            Ok(output) => Ok(Written::Done(Self::read(
                &output.attributes.unwrap_or_default(),
            )?)),
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
            let expression = Expression::new(&seen, changes);
            if thing.reservation() == reservation {
                match self.update(id, &seen, changes).await {
                    Err(ChangeError::Moved) => patience.wait().await?,
                    settled => return settled,
                }
                continue;
            }
            // A transaction returns no item, but it holds only on the one that was read.
            expression.apply(changes, &mut item, thing.version());
            let update = Update::builder()
                .table_name(self.table()?)
                .key("id", text(id))
                .update_expression(expression.update)
                .condition_expression(expression.condition)
                .set_expression_attribute_names(Some(expression.names))
                .set_expression_attribute_values(Some(expression.values));
            let writes = vec![
                TransactWriteItem::builder()
                    .update(built(update.build()))
                    .build(),
                self.reserve(reservation, id)?,
                self.release(&thing.reservation())?,
            ];
            match self.transact(writes).await? {
                Transaction::Done => return Ok(Self::read(&item)?),
                Transaction::Refused(at) if at.contains(&0) => patience.wait().await?,
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
            match self.transact(writes).await? {
                Transaction::Done => return Ok(()),
                Transaction::Refused(_) | Transaction::Conflict => patience.wait().await?,
            }
        }
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

    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Transaction, DatabaseError> {
        // The SDK adds a client request token, so a retry after a lost answer is not a second write.
        match self
            .database
            .client()
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await
        {
            Ok(_) => Ok(Transaction::Done),
            Err(error) => Transaction::cancelled(error),
        }
    }
}

/// How an update ended.
pub(crate) enum Written<T> {
    /// The thing as it is now.
    Done(T),
    /// The condition did not hold; the thing as it is, if there is one.
    Refused(Option<T>),
}

/// How a transaction ended.
enum Transaction {
    Done,
    /// The conditions at these places did not hold.
    Refused(Vec<usize>),
    /// Another transaction was at the same items.
    Conflict,
}

impl Transaction {
    fn cancelled(error: SdkError<TransactWriteItemsError>) -> Result<Self, DatabaseError> {
        let reasons: &[CancellationReason] = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            _ => &[],
        };
        let places = |code: &str| -> Vec<usize> {
            let with_code = reasons
                .iter()
                .enumerate()
                .filter(|(_, reason)| reason.code() == Some(code));
            with_code.map(|(at, _)| at).collect()
        };
        let refused = places("ConditionalCheckFailed");
        if !refused.is_empty() {
            return Ok(Self::Refused(refused));
        }
        if places("TransactionConflict").is_empty() {
            Err(error.into())
        } else {
            Ok(Self::Conflict)
        }
    }
}

/// How long a request tries again what others keep from succeeding.
struct Patience(u32);

impl Patience {
    fn new() -> Self {
        Self(0)
    }

    /// Waits a moment, longer each time and at random, so that those who collided do not meet again.
    async fn wait(&mut self) -> Result<(), DatabaseError> {
        if self.0 == 6 {
            return Err(DatabaseError::Contended);
        }
        let most = 10 << self.0;
        self.0 += 1;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
        Ok(())
    }
}

/// An update of attributes that counts the version up, and the condition it holds under.
pub(crate) struct Expression {
    pub(crate) update: String,
    pub(crate) condition: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Attributes,
}

impl Expression {
    pub(crate) fn new(expected: &Expected, changes: &Changes) -> Self {
        let mut names = HashMap::from([
            ("#id".to_owned(), "id".to_owned()),
            ("#version".to_owned(), "version".to_owned()),
            ("#updatedAt".to_owned(), "updatedAt".to_owned()),
        ]);
        let mut values = Attributes::from([
            (":one".to_owned(), number(1)),
            (":now".to_owned(), text(Time::now())),
        ]);
        let mut update = "SET #version = #version + :one, #updatedAt = :now".to_owned();
        for (name, value) in &changes.set {
            update.push_str(&format!(", #{name} = :{name}"));
            names.insert(format!("#{name}"), (*name).to_owned());
            values.insert(format!(":{name}"), value.clone());
        }
        for (at, name) in changes.remove.iter().enumerate() {
            update.push_str(if at == 0 { " REMOVE " } else { ", " });
            update.push_str(&format!("#{name}"));
            names.insert(format!("#{name}"), (*name).to_owned());
        }
        let mut condition = "attribute_exists(#id)".to_owned();
        if let Expected::OneOf(versions) = expected {
            // Versions begin at 1, so 0 stands for one that nothing has.
            let none = [number(0)];
            let seen: Vec<_> = versions.iter().map(number).collect();
            let seen = if seen.is_empty() { &none[..] } else { &seen };
            let places: Vec<_> = (0..seen.len()).map(|at| format!(":seen{at}")).collect();
            condition.push_str(&format!(" AND #version IN ({})", places.join(", ")));
            values.extend(places.into_iter().zip(seen.iter().cloned()));
        }
        Self {
            update,
            condition,
            names,
            values,
        }
    }

    /// Does to `item`, which is in version `seen`, what DynamoDB does.
    fn apply(&self, changes: &Changes, item: &mut Attributes, seen: Version) {
        for (name, value) in &changes.set {
            item.insert((*name).to_owned(), value.clone());
        }
        for name in &changes.remove {
            item.remove(*name);
        }
        item.insert("version".to_owned(), number(seen.next()));
        item.insert("updatedAt".to_owned(), self.values[":now"].clone());
    }
}

/// The SDK's builders fail only for want of a field, and every caller here gives all of them.
fn built<B>(result: Result<B, BuildError>) -> B {
    result.expect("every required field of the builder is set")
}
