//! Receipts: what a request with an `Idempotency-Key` wrote and how it was answered, written in the
//! same transaction as the change.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{
    Database, DatabaseError,
    attributes::{Attributes, Reader, number, text},
    capacity,
    transaction::built,
};

const TABLE: &str = "idempotency";

/// How long a receipt is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client asks to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks, of which route, under which key.
    id: String,
    /// What exactly is asked.
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
}

/// Of texts as a whole: their lengths keep them apart.
fn digest(parts: &[&str]) -> String {
    let mut sha256 = Sha256::new();
    for part in parts {
        sha256.update((part.len() as u64).to_be_bytes());
        sha256.update(part);
    }
    BASE64_URL_SAFE_NO_PAD.encode(sha256.finalize())
}

/// That a claim was met, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What was asked.
    pub claim: Claim,
    /// The answer, as its writer reads it back.
    pub answer: String,
}

/// What a write does about receipts: nothing, or write the one that this makes of the thing that is
/// written.
pub type Receipting<'a, T> = Option<&'a (dyn Fn(&T) -> Receipt + 'a)>;

/// A thing that was to be written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    /// It has been written now.
    Now(T),
    /// There is a receipt already, and nothing has been written.
    Before,
}

/// What is known of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was met, with this answer.
    Answered(String),
    /// The key was used for another request.
    OtherRequest,
}

/// The receipts, in the table `idempotency`.
#[derive(Clone, Debug)]
pub struct Receipts(Database);

impl Receipts {
    pub(crate) fn new(database: Database) -> Self {
        Self(database)
    }

    /// What is known of a claim, if anything.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when it cannot be read.
    pub async fn find(&self, claim: &Claim) -> Result<Option<Known>, DatabaseError> {
        let found = self
            .0
            .client()
            .get_item()
            .table_name(self.0.table(TABLE)?)
            .key("key", text(&claim.id))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        capacity::read(&found.consumed_capacity);
        let Some(item) = found.item else {
            return Ok(None);
        };
        let item = Reader {
            table: TABLE,
            item: &item,
        };
        // DynamoDB deletes within days of the time, not at it.
        if item.integer::<u64, u64>("expiresAt")? <= now() {
            return Ok(None);
        }
        if item.text::<String>("fingerprint")? != claim.fingerprint {
            return Ok(Some(Known::OtherRequest));
        }
        Ok(Some(Known::Answered(item.text("answer")?)))
    }
}

/// Writes a receipt, if there is none that still counts.
pub(crate) fn put(
    database: &Database,
    receipt: Receipt,
) -> Result<TransactWriteItem, DatabaseError> {
    let item: Attributes = [
        ("key", text(receipt.claim.id)),
        ("fingerprint", text(receipt.claim.fingerprint)),
        ("answer", text(receipt.answer)),
        ("expiresAt", number(now() + KEPT.as_secs())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let put = Put::builder()
        .table_name(database.table(TABLE)?)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(#key) OR expiresAt <= :now")
        .expression_attribute_names("#key", "key")
        .expression_attribute_values(":now", number(now()));
    Ok(TransactWriteItem::builder().put(built(put.build())).build())
}

/// Seconds since 1970, as time to live has them.
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
    fn a_claim_is_of_one_caller_route_and_key() {
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
    fn a_fingerprint_tells_where_a_part_ends() {
        assert_ne!(
            Claim::new("a", "r", "k", &["ab", "c"]).fingerprint,
            Claim::new("a", "r", "k", &["a", "bc"]).fingerprint
        );
    }
}
