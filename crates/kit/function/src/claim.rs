//! `Idempotency-Key`: a POST that is sent again changes nothing and is answered as before
//! (draft-ietf-httpapi-idempotency-key-header). The receipts are in `dynamodb`.

use dynamodb::Claim;

use crate::{InvalidField, Problem, Request};

impl Request {
    /// The claim of a request with an `Idempotency-Key`. Keys belong to one caller and one route.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameter`] when the key is not valid.
    pub fn claim(&self) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.header_value("idempotency-key") else {
            return Ok(None);
        };
        let key = key.to_str().ok().filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        });
        match key {
            Some(key) => Ok(Some(Claim::new(
                self.subject(),
                self.route(),
                key,
                &self.parts(),
            ))),
            None => Err(Problem::InvalidParameter(vec![InvalidField::parameter(
                "Idempotency-Key",
                "is not 1 to 255 printable ASCII characters",
            )])),
        }
    }
}
