//! `POST /field-notes`: a new field note of the caller.

use domain::NewFieldNote;
use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::FieldNotes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let field_notes = FieldNotes::new(Database::connect().await?);
    Ok(function::serve(field_notes, create).await?)
}

async fn create(field_notes: &FieldNotes, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let new: NewFieldNote = request.json()?;
    let created = field_notes.create(&caller.id, new, request.claim()?).await;
    let created = created.map_err(Problem::of_new_field_note)?;
    Ok(Reply::created("/field-notes", &created.id, &created))
}

#[cfg(test)]
mod tests;
