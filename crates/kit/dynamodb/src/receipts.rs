//! Receipts: the outcomes of requests with an idempotency key, each written in the same transaction
//! as the change. So no request is ever "in progress", and a crash cannot separate the two.

use std::{
    marker::PhantomData,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnConsumedCapacity, Update};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use record::{Once, Version, Versioned};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    ClaimError, Database, DatabaseError, capacity,
    item::{number, text},
    transaction::{Write, built},
};

const TABLE: &str = "idempotency";

/// How long a receipt is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A request that is to take effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// A digest of the caller, the route and the idempotency key.
    id: String,
    /// A digest of the request.
    fingerprint: String,
}

impl Claim {
    /// The claim of `caller` on `route` under `key`, for a request of these `parts`.
    #[must_use]
    pub fn new(caller: &str, route: &str, key: &str, parts: &[&str]) -> Self {
        Self {
            id: digest(&[caller, route, key]),
            fingerprint: digest(parts),
        }
    }

    /// The key of the receipt. The item of an entity keeps it, if the entity is personal data.
    pub(crate) fn receipt(&self) -> AttributeValue {
        text(&self.id)
    }
}

/// A digest of texts. Their lengths are part of it, so that `ab`, `c` and `a`, `bc` differ.
fn digest(parts: &[&str]) -> String {
    let mut sha256 = Sha256::new();
    for part in parts {
        sha256.update((part.len() as u64).to_be_bytes());
        sha256.update(part);
    }
    BASE64_URL_SAFE_NO_PAD.encode(sha256.finalize())
}

/// The entity as a change left it, as JSON text: as a map of attributes it would cost the SDK four
/// times as many instructions.
#[derive(Serialize, Deserialize)]
struct Outcome<T> {
    entity: T,
    version: Version,
}

/// The receipts of changes to entities of one kind, in the table `idempotency`.
#[derive(Debug)]
pub struct Receipts<T> {
    database: Database,
    entity: PhantomData<fn() -> T>,
}

impl<T> Clone for Receipts<T> {
    fn clone(&self) -> Self {
        Self::new(self.database.clone())
    }
}

impl<T> Receipts<T> {
    /// The receipts in a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            entity: PhantomData,
        }
    }
}

impl<T: Serialize + DeserializeOwned> Receipts<T> {
    /// Returns the outcome of the earlier request with this claim, if there is one.
    ///
    /// # Errors
    ///
    /// [`ClaimError::KeyReused`] when the earlier request was another one,
    /// [`ClaimError::OutcomeDeleted`] when the entity was deleted with its outcome.
    pub async fn find(&self, claim: Option<&Claim>) -> Result<Option<Once<T>>, ClaimError> {
        let Some(claim) = claim else {
            return Ok(None);
        };
        let get = self
            .database
            .client()
            .get_item()
            .table_name(self.database.table(TABLE)?)
            .key("key", text(&claim.id))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.send().await.map_err(DatabaseError::from)?;
        capacity::read(&found.consumed_capacity);
        let Some(item) = found.item else {
            return Ok(None);
        };
        // DynamoDB deletes an expired item within days, not at once.
        let expires_at = item.get("expiresAt").and_then(|at| at.as_n().ok());
        if expires_at.and_then(|at| at.parse().ok()).unwrap_or(0) <= now() {
            return Ok(None);
        }
        if item.get("fingerprint") != Some(&text(&claim.fingerprint)) {
            return Err(ClaimError::KeyReused);
        }
        let outcome = item.get("outcome").and_then(|outcome| outcome.as_s().ok());
        let outcome = outcome.ok_or(ClaimError::OutcomeDeleted)?;
        let outcome: Outcome<T> = serde_json::from_str(outcome)
            .map_err(|source| DatabaseError::CorruptReceipt { source })?;
        Ok(Some(Once::replayed(Versioned {
            entity: outcome.entity,
            version: outcome.version,
        })))
    }

    /// Writes the receipt of a change that leaves the entity as `outcome`. Refused when there is a
    /// receipt that has not expired.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::UndeclaredTable`].
    pub fn put(&self, claim: &Claim, outcome: &Versioned<T>) -> Result<Write, DatabaseError> {
        let outcome = Outcome {
            entity: &outcome.entity,
            version: outcome.version,
        };
        let outcome = serde_json::to_string(&outcome)
            .map_err(|source| DatabaseError::CorruptReceipt { source })?;
        let put = Put::builder()
            .table_name(self.database.table(TABLE)?)
            .item("key", text(&claim.id))
            .item("fingerprint", text(&claim.fingerprint))
            .item("outcome", text(outcome))
            .item("expiresAt", number(now() + KEPT.as_secs()))
            .condition_expression("attribute_not_exists(#key) OR expiresAt <= :now")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":now", number(now()));
        Ok(Write::builder().put(built(put.build())).build())
    }

    /// Deletes the outcome from a receipt, so that the key stays used and shows nothing. A receipt
    /// that DynamoDB has deleted comes back as one that has expired.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::UndeclaredTable`].
    pub(crate) fn delete_outcome(&self, receipt: AttributeValue) -> Result<Write, DatabaseError> {
        let update = Update::builder()
            .table_name(self.database.table(TABLE)?)
            .key("key", receipt)
            .update_expression("SET expiresAt = if_not_exists(expiresAt, :now) REMOVE outcome")
            .expression_attribute_values(":now", number(now()));
        Ok(Write::builder().update(built(update.build())).build())
    }
}

/// Seconds since 1970, as DynamoDB's time to live counts.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_belongs_to_one_caller_route_and_key() {
        let claim = Claim::new("ada", "POST /x", "k", &["body"]);

        assert_eq!(claim, Claim::new("ada", "POST /x", "k", &["body"]));
        for (caller, route, key) in [
            ("bob", "POST /x", "k"),
            ("ada", "POST /y", "k"),
            ("ada", "POST /x", "l"),
            ("adaPOST", " /x", "k"),
        ] {
            assert_ne!(
                claim.id,
                Claim::new(caller, route, key, &["body"]).id,
                "{caller} {route} {key}"
            );
        }
    }

    #[test]
    fn a_fingerprint_keeps_parts_apart() {
        assert_ne!(
            Claim::new("a", "r", "k", &["ab", "c"]).fingerprint,
            Claim::new("a", "r", "k", &["a", "bc"]).fingerprint
        );
    }
}
