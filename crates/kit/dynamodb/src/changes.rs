//! Creating, changing and removing entities.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{Delete, ReturnConsumedCapacity},
};
use record::{Expected, Once, Time, Versioned};
use serde::Serialize;

use crate::{
    ChangeError, Claim, CreateError, DatabaseError, Key, Outcome, RemoveError, Retries, Retry,
    Schema, Table, Transaction, Update, Updated, capacity,
    item::{RECEIPT, VERSION, number},
    reservations::{release, reservation, reserve},
    table::without_retries,
    transaction::{Write, built},
};

/// The writes of the transactions that create, change and remove an entity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Entity,
    Reserve,
    Release,
    Receipt,
}

/// Requires the version that was read.
const SEEN: &str = "#version = :seen";

impl<S: Schema> Table<S> {
    /// Writes a new entity, its reservation and the receipt of the claim, as far as there are any:
    /// all or nothing. Returns the outcome of the earlier request with the claim, if there is one.
    ///
    /// # Errors
    ///
    /// [`CreateError::Exists`], [`CreateError::Taken`], [`CreateError::KeyReused`],
    /// [`CreateError::OutcomeDeleted`].
    pub async fn create(
        &self,
        key: &Key,
        entity: Versioned<S::Entity>,
        claim: Option<&Claim>,
    ) -> Result<Once<S::Entity>, CreateError> {
        if let Some(earlier) = self.receipts().find(claim).await? {
            return Ok(earlier);
        }
        match self.create_now(key, entity, claim).await {
            Err(CreateError::Database(error)) => Err(error.into()),
            // Another request with the claim may have made the change in between.
            Err(refusal) => self.receipts().find(claim).await?.ok_or(refusal),
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
        let mut item = Self::new_item(key, &entity)?;
        if let Some(claim) = claim
            && S::PERSONAL
        {
            item.insert(RECEIPT.to_owned(), claim.receipt());
        }
        let mut retry = Retry::default();
        loop {
            let put = self.put_item(item.clone())?;
            let mut writes = Transaction::default().with(Part::Entity, put);
            if let Some(attribute) = S::UNIQUE {
                let value = reservation(attribute, &S::unique_value(&entity));
                writes = writes.with(Part::Reserve, reserve(self.database(), &value)?);
            }
            if let Some(claim) = claim {
                writes = writes.with(Part::Receipt, self.receipts().put(claim, &entity)?);
            }
            match writes.send(self.database()).await? {
                Outcome::Done => return Ok(Once::first(entity)),
                Outcome::Refused(refusals) if refusals.include(Part::Receipt) => {
                    let earlier = self.receipts().find(claim).await?;
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
            .database()
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
                .with(Part::Reserve, reserve(self.database(), &new)?)
                .with(Part::Release, release(self.database(), &old)?);
            match writes.send(self.database()).await? {
                Outcome::Done => return Ok(after),
                Outcome::Refused(refusals) if !refusals.include(Part::Entity) => {
                    return Err(ChangeError::Taken);
                }
                Outcome::Refused(_) | Outcome::Conflict => retry.wait().await?,
            }
        }
    }

    /// Deletes an entity, releases its reservation and, if it is personal data, deletes it from its
    /// receipt: all or nothing.
    ///
    /// # Errors
    ///
    /// [`RemoveError::NotFound`], [`RemoveError::Moved`].
    pub async fn remove(&self, key: &Key, expected: &Expected) -> Result<(), RemoveError> {
        let mut retry = Retry::default();
        loop {
            let mut item = self.item(key).await?.ok_or(RemoveError::NotFound)?;
            let receipt = item.remove(RECEIPT);
            let entity = Self::read(item)?;
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
            let mut writes = Transaction::default()
                .with(Part::Entity, delete.build())
                .with(Part::Release, release(self.database(), &value)?);
            if let Some(receipt) = receipt {
                writes = writes.with(Part::Receipt, self.receipts().delete_outcome(receipt)?);
            }
            match writes.send(self.database()).await? {
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
            .database()
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
}
