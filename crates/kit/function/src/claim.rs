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
        let Some(key) = self.header("idempotency-key") else {
            return Ok(None);
        };
        let is_printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !is_printable || !(1..=255).contains(&key.len()) {
            return Err(Problem::InvalidParameter(vec![InvalidField::parameter(
                "Idempotency-Key",
                "is not 1 to 255 printable ASCII characters",
            )]));
        }
        let parts = self.parts();
        let parts = parts.each_ref().map(|part| part.as_ref());
        Ok(Some(Claim::new(self.subject(), self.route(), key, &parts)))
    }
}
