//! `Idempotency-Key`: a POST that is sent again changes nothing and is answered as before
//! (draft-ietf-httpapi-idempotency-key-header). The receipts are in `dynamodb`.

use std::str::FromStr;

use dynamodb::Claim;
use schemars::JsonSchema;

use crate::{InvalidField, Problem, Request};

/// The key under which a client may send a request again: the change is made once.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(extend(
    "minLength" = 1,
    "maxLength" = IdempotencyKey::MAX_LENGTH,
    "pattern" = "^[ -~]+$",
))]
pub struct IdempotencyKey(String);

/// The text is not an [`IdempotencyKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    const MAX_LENGTH: usize = 255;
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match is_printable && (1..=Self::MAX_LENGTH).contains(&text.len()) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidIdempotencyKey),
        }
    }
}

impl Request {
    /// The claim of a request with an `Idempotency-Key`. Keys belong to one caller and one route.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when the key is not valid.
    pub fn claim(&self) -> Result<Option<Claim>, Problem> {
        let Some(text) = self.header("idempotency-key") else {
            return Ok(None);
        };
        let IdempotencyKey(key) = text.parse().map_err(|error| {
            Problem::InvalidParameter(vec![InvalidField::parameter("Idempotency-Key", error)])
        })?;
        let parts = self.parts();
        let parts = parts.each_ref().map(|part| part.as_ref());
        Ok(Some(Claim::new(self.subject(), self.route(), &key, &parts)))
    }
}
