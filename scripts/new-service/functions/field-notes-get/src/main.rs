//! `GET /field-notes/{fieldNoteId}`: one of the caller's field notes.

use dynamodb::Database;
use function::{Reply, Request};
use problem::Problem;
use store::FieldNotes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let field_notes = FieldNotes::new(Database::connect().await?);
    Ok(function::serve(field_notes, get).await?)
}

async fn get(field_notes: &FieldNotes, request: &Request) -> Result<Reply, Problem> {
    let caller = request.caller()?;
    let id = request.path("fieldNoteId")?;
    let found = field_notes.find(&caller.id, id).await?;
    Ok(request.item(&found.ok_or_else(Problem::not_found)?)?)
}

#[cfg(test)]
mod tests;
