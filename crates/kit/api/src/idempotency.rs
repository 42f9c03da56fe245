//! `Idempotency-Key`: a POST that is sent again does nothing again and is answered as before
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! The receipt, which holds the answer, is written in the same transaction as the change. So there is
//! no request "in progress" to wait for or to forget, and no crash between the two.

use store::{Claim, DatabaseError, Known, Once, Receipt, Receipting, Receipts};

use crate::{InvalidField, Problem, Reply, Request};

impl Request {
    /// Answers a POST by `write`, and by what `reply` makes of the thing that it wrote; or, when a
    /// request with the same key has been answered, as that one was.
    ///
    /// # Errors
    ///
    /// What `write` fails with, [`Problem::InvalidParameter`] when the key is none, and
    /// [`Problem::IdempotencyKeyReused`] when it was used for another request.
    pub async fn once<T>(
        &self,
        receipts: &Receipts,
        reply: impl Fn(&T) -> Reply,
        write: impl AsyncFn(Receipting<'_, T>) -> Result<Once<T>, Problem>,
    ) -> Result<Reply, Problem> {
        let Some(claim) = self.claim()? else {
            return match write(None).await? {
                Once::Now(thing) => Ok(reply(&thing)),
                Once::Before => Err(Problem::internal(
                    "a receipt was found where none was asked for",
                )),
            };
        };
        let receipt = |thing: &T| Receipt {
            claim: claim.clone(),
            answer: reply(thing).to_stored(),
        };
        if let Some(known) = answered(receipts, &claim).await? {
            return Ok(known);
        }
        let refusal = match write(Some(&receipt)).await {
            Ok(Once::Now(thing)) => return Ok(reply(&thing)),
            Ok(Once::Before) => DatabaseError::Contended.into(),
            Err(fault) if fault.is_own_fault() => return Err(fault),
            Err(refusal) => refusal,
        };
        // Another request with the key may have overtaken, and what this one was refused for, the
        // last units gone or the address taken, may be what that one did.
        answered(receipts, &claim).await?.ok_or(refusal)
    }

    /// What the client asks to be done once. Keys are the caller's own, route by route.
    fn claim(&self) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.header_value("idempotency-key") else {
            return Ok(None);
        };
        let key = key.to_str().ok().filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        });
        let Some(key) = key else {
            let detail = "is not 1 to 255 printable ASCII characters";
            return Err(Problem::InvalidParameter(vec![InvalidField::parameter(
                "Idempotency-Key",
                detail,
            )]));
        };
        let caller = self.caller()?;
        Ok(Some(Claim::new(
            caller.id.as_str(),
            self.route(),
            key,
            &self.parts(),
        )))
    }
}

/// The answer to an earlier request with the key, if there is one.
async fn answered(receipts: &Receipts, claim: &Claim) -> Result<Option<Reply>, Problem> {
    match receipts.find(claim).await? {
        Some(Known::Answered(stored)) => Reply::from_stored(&stored).map(Some),
        Some(Known::OtherRequest) => Err(Problem::IdempotencyKeyReused),
        None => Ok(None),
    }
}
